// A directory for one test.
import Foundation
import Glibc
import TestSupport

enum TemporaryDirectory {
    /// Makes one, and removes it with all that is in it. Its file system must take trusted extended attributes.
    static func with<R>(isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> R) async throws -> R {
        let path = "/tmp/berth-images-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(path))
        } catch {
            result = .failure(error)
        }
        // A store may still be emptying its trash: what vanishes meanwhile makes an attempt fail.
        try await eventually("\(path) is removed") {
            // Paths in it may be longer than Foundation can name.
            _ = try await Command("/bin/rm", ["-rf", path]).run()
            return Files.exists(path) ? nil : true
        }
        return try result.get()
    }
}

/// Looks at files as they are, links not followed.
enum Files {
    static func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func status(_ path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return status
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    static func link(_ path: String) throws -> String { try FileManager.default.destinationOfSymbolicLink(atPath: path) }
}
