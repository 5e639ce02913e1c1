// A program of a Debian package, unpacked for tests and not installed: a package may bring a service that would start at once.
import Foundation
import Glibc

public enum DebianProgram {
    /// Where `name` of the package of the same name is: in `PATH`'s usual places, or below the build, fetched the first time.
    public static func path(_ name: String) async throws -> String {
        if let found = ["/usr/bin/\(name)", "/usr/local/bin/\(name)"].first(where: FileManager.default.isExecutableFile) { return found }
        let directory = "\(BuildProducts.directory)/debian"
        let path = "\(directory)/usr/bin/\(name)"
        let script = """
            set -e; mkdir -p "$1"; cd "$1"; exec 9>lock; flock 9; test ! -x "usr/bin/$2" || exit 0
            apt-get download -qq "$2" || { apt-get update -qq && apt-get download -qq "$2"; }
            dpkg-deb -x "$2"_*.deb .; rm -f "$2"_*.deb
            """
        let result = try await Command("/bin/sh", ["-c", script, "sh", directory, name], timeout: .seconds(300)).run()
        guard result.code == 0, FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandFailure(what: "fetching the Debian package \(name)", result: result)
        }
        return path
    }
}
