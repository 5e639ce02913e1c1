// The exit record on disk: there before anybody is told, or not at all.
import Contracts
import Glibc
import RPC

/// One small CBOR file in the container's directory.
enum ExitRecordFile {
    /// A record is a few hundred bytes; what is bigger is none.
    private static let maximumSize = 64 * 1024

    /// Writes durably: a temporary file, fsync, rename, fsync of the directory and of its parent.
    /// - Parameter group: who may read it besides root; nil for root's group.
    static func write(_ record: ExitRecord, to path: String, group: UInt32?) throws {
        let temporary = "\(path).new"
        let bytes = try CBOREncoder().encode(record)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw failure("open", temporary) }
        defer { close(descriptor) }
        do {
            if let group, fchown(descriptor, uid_t.max, group) != 0 { throw failure("chown", temporary) }
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written == bytes.count else { throw failure("write", temporary) }
            guard fsync(descriptor) == 0 else { throw failure("fsync", temporary) }
            guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectories(above: path)
    }

    /// The record; nil when there is none. Throws when there is one that can't be read.
    static func read(_ path: String) throws -> ExitRecord? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumSize)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure("read", path) }
        return try CBORDecoder().decode(ExitRecord.self, from: Array(bytes[..<count]))
    }

    private static func syncDirectories(above path: String) throws {
        var directory = path
        for _ in 0..<2 {
            guard let slash = directory.lastIndex(of: "/"), slash != directory.startIndex else { return }
            directory = String(directory[..<slash])
            let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure("open", directory) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
        }
    }

    private static func failure(_ call: String, _ path: String) -> RPCError {
        SystemFailure.error(call, path)
    }
}
