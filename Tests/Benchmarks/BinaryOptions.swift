// Which build of the engine is measured.
import ArgumentParser
import TestSupport

struct BinaryOptions: ParsableArguments {
    @Option(name: .customLong("bin-dir"), help: "Directory with berthctl and the services, built for release (default: this program's).")
    var directory: String = BuildProducts.directory
}
