// A file system with project quota, where the host's kernel can keep one.
import Foundation
import TestSupport

/// A file system in a file, mounted over a directory.
struct QuotaDisk {
    enum Kind: String, CaseIterable, Sendable {
        case ext4, xfs

        var make: [String] {
            switch self {
            case .ext4: ["/usr/sbin/mkfs.ext4", "-q", "-O", "project,quota"]
            case .xfs: ["/usr/sbin/mkfs.xfs", "-q"]
            }
        }
    }

    let path: String
    private var image: String { "\(path).img" }

    /// nil where the kernel, or its programs, can't.
    static func mounted(_ kind: Kind, at path: String) async throws -> QuotaDisk? {
        let disk = QuotaDisk(path: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let commands = [
            ["/usr/bin/truncate", "-s", "400M", disk.image], kind.make + [disk.image],
            ["/usr/bin/mount", "-o", "loop,prjquota", disk.image, path],
        ]
        for command in commands where try await !run(command) {
            try await disk.remove()
            return nil
        }
        return disk
    }

    func remove() async throws {
        try await eventually("a disk that nobody uses") {
            let result = try await Command("/usr/bin/umount", [path]).run()
            return result.code == 0 || result.errorText.contains("not mounted") ? true : nil
        }
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: image)
    }

    private static func run(_ command: [String]) async throws -> Bool {
        guard FileManager.default.isExecutableFile(atPath: command[0]) else { return false }
        return try await Command(command[0], Array(command.dropFirst())).run().code == 0
    }
}
