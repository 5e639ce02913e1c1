// Makes room for a new current file: the files of a log move up by one, and those that are too many go.
import Glibc

/// The writer's part of rotation.
///
/// A file that a reader holds isn't removed as long as what is kept for readers stays within limits: whoever follows a log that is
/// written faster than it is read loses nothing by that.
struct LogRotation {
    /// Files beyond the log's own limit that are kept for readers, at most.
    private static let spareFiles: Int64 = 1024

    let chain: LogChain
    let limits: LogLimits

    /// Readers never find the current file half made. Throws when there can be no new one: the old one stays, then.
    func rotate(_ old: AppendFile) throws(LogFailure) -> AppendFile {
        let temporary = "\(chain.path).new"
        let fresh = try old.fresh(at: temporary)
        do throws(LogFailure) {
            for index in stride(from: removeSurplus(for: 1), to: 0, by: -1) { try move(index - 1) }
            guard rename(temporary, chain.path) == 0 else { throw LogFailure(operation: "rename", path: temporary, errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        return fresh
    }

    /// Removes files beyond the limit, the oldest first, if no reader holds them or there are far too many.
    /// - Parameter more: files that there will be besides. Returns how many are left.
    @discardableResult
    func removeSurplus(for more: Int = 0) -> Int {
        var count = 0
        while chain.identity(count) != nil { count += 1 }
        while surplus(count + more) > 0, count > 0, isFree(count - 1) || surplus(count + more) > spare {
            count -= 1
            // A new file takes the name of the current one, so that there is always one.
            if count > 0 { for name in [chain.name(count), chain.compressedName(count)] { unlink(name) } }
        }
        return count
    }

    private func surplus(_ count: Int) -> Int { count - Int(limits.maxFile) }

    /// Whether files are kept that only readers need.
    var hasSurplus: Bool { chain.identity(Int(limits.maxFile)) != nil }

    private var spare: Int { Int(min(Self.spareFiles, limits.spareBytes / max(1, limits.maxSize ?? .max))) }

    private func isFree(_ index: Int) -> Bool {
        LogRotation.isFree(chain.name(index)) && LogRotation.isFree(chain.compressedName(index))
    }

    /// Whether no reader holds a file, or there is none.
    private static func isFree(_ name: String) -> Bool {
        let file = open(name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return true }
        defer { close(file) }
        return flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
    }

    private func move(_ index: Int) throws(LogFailure) {
        let names = [(chain.name(index), chain.name(index + 1)), (chain.compressedName(index), chain.compressedName(index + 1))]
        for (source, target) in names where rename(source, target) != 0 && errno != ENOENT {
            throw LogFailure(operation: "rename", path: source, errno: errno)
        }
    }
}
