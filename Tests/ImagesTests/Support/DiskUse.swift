// What du says of a directory.
import Testing
import TestSupport

enum DiskUse {
    /// Bytes of all blocks, on the directory's own file system.
    static func bytes(_ path: String) async throws -> Int64 {
        let result = try await Command("/usr/bin/du", ["-sx", "--block-size=1", path]).run()
        return try #require(result.text.split(separator: "\t").first.flatMap { Int64($0) }, "\(result)")
    }
}
