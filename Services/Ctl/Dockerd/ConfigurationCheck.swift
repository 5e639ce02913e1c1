// `--validate`: whether an engine would start with this configuration, by the words of the services that would have to.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import ServiceKit

/// Asks each service that has something to say of its configuration; none starts, and nothing is made.
struct ConfigurationCheck {
    let configuration: EngineConfiguration
    let layout: EngineLayout
    /// Where the services' programs are.
    let directory: String

    private static let services = ["berth-network", "berth-images", "berth-gateway"]

    /// What a service has against it goes to standard error. Errors: `ExitCode`.
    func run() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-validate-\(getpid()).json").path
        defer { unlink(path) }
        try configuration.write(to: path, layout: layout)
        for service in Self.services {
            let pid = try ChildProcess(
                path: "\(directory)/\(service)", arguments: ["--validate", "--config", path, "--log-level", "critical"],
                descriptors: [STDERR_FILENO: STDERR_FILENO]
            ).spawn()
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            guard status == 0 else { throw ExitCode.failure }
        }
        try FileHandle.standardError.write(contentsOf: Data("configuration OK\n".utf8))
    }
}
