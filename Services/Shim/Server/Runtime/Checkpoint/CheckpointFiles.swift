// A checkpoint on disk: half-made under a name of its own, then whole by one rename.
import CLinux
import Contracts
import Glibc
import Linux
import RPC

/// One checkpoint's paths. A directory holds CRIU's images and a record of what was outside of them.
struct CheckpointFiles: Equatable {
    let directory: String
    let name: String

    private static let prefix = "."
    private static let suffix = ".partial"
    private static let recordLimit = 4 << 20

    var path: String { "\(directory)/\(name)" }
    /// Where it is made.
    var partial: String { "\(directory)/\(Self.prefix)\(name)\(Self.suffix)" }

    static func images(in checkpoint: String) -> String { "\(checkpoint)/images" }
    private static func record(in checkpoint: String) -> String { "\(checkpoint)/container" }

    /// Errors: conflict when there is one of this name.
    func begin() throws(RPCError) {
        guard access(path, F_OK) != 0 else {
            throw RPCError(.conflict, "checkpoint with name \(name) already exists for container", details: ["step": "exists"])
        }
        try Directories.make(directory, mode: 0o700)
        remove(partial)
        for directory in [partial, Self.images(in: partial)] { try Directories.make(directory, mode: 0o700) }
    }

    private func remove(_ path: String) { Directories.remove(path) }

    func abandon() { remove(partial) }

    func write(_ record: CheckpointRecord) throws(RPCError) {
        let path = Self.record(in: partial)
        let bytes: [UInt8]
        do { bytes = try CBOREncoder().encode(record) } catch {
            throw RPCError(.internalError, "The checkpoint's record can't be written: \(error)")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure.error("open", path) }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw SystemFailure.error("write", path)
        }
    }

    /// Errors: notFound when there is no such checkpoint.
    func read() throws(RPCError) -> CheckpointRecord {
        do {
            return try CBORDecoder().decode(
                CheckpointRecord.self, from: try SmallFile.read(Self.record(in: path), limit: Self.recordLimit))
        } catch let error as Errno where error.code == ENOENT || error.code == ENOTDIR {
            throw missing
        } catch {
            throw RPCError(.internalError, "checkpoint \(name) can't be read: \(error)")
        }
    }

    /// Errors: notFound.
    func remove() throws(RPCError) {
        guard access(path, F_OK) == 0 else { throw missing }
        // Under the other name first: half of it is never taken for a whole one.
        guard rename(path, partial) == 0 || errno == EEXIST || errno == ENOTEMPTY else { throw SystemFailure.error("rename", path) }
        Directories.remove(partial)
        Directories.remove(path)
    }

    private var missing: RPCError {
        RPCError(.notFound, "checkpoint \(name) does not exist for container", details: ["step": "missing"])
    }

    /// The names of those that are whole, in order. Errors: notFound when there is no directory.
    static func names(in directory: String) throws(RPCError) -> [String] {
        do throws(Errno) {
            return try Directory.list(directory).filter { $0.isDirectory && access(record(in: "\(directory)/\($0.name)"), F_OK) == 0 }
                .map(\.name).filter { !$0.hasPrefix(prefix) }.sorted()
        } catch {
            throw error.code == ENOENT
                ? RPCError(.notFound, "there are no checkpoints in \(directory)", details: ["step": "missing"])
                : RPCError(.internalError, "\(error)")
        }
    }

    /// Removes what is half-made at a place that a note says.
    static func sweep(_ partial: String) {
        let name = partial.split(separator: "/").last ?? ""
        guard partial.hasPrefix("/"), name.hasPrefix(prefix), name.hasSuffix(suffix) else { return }
        Directories.remove(partial)
    }
}

extension CheckpointFiles {
    /// Everything that CRIU wrote, and the names of it, are on disk; then the checkpoint has its name.
    func commit() throws(Errno) {
        let images = Self.images(in: partial)
        for entry in try Directory.list(images) { try Self.sync("\(images)/\(entry.name)") }
        for path in [Self.record(in: partial), images, partial] { try Self.sync(path) }
        try Errno.check(rename(partial, path) == 0 ? 0 : -errno, "rename \(partial)")
        var above = directory
        for _ in 0..<2 {
            try Self.sync(above)
            guard let parent = Directory.parent(of: above) else { return }
            above = parent
        }
    }

    private static func sync(_ path: String) throws(Errno) {
        let file = OwnedDescriptor(taking: try Errno.check(clinux_open_file(path, O_RDONLY, 0), "open \(path)"))
        try Errno.check(fsync(file.raw) == 0 ? 0 : -errno, "fsync \(path)")
    }
}
