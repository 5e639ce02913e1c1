// Who a name is in a container: its own passwd and group files say.
import Glibc
import RPC

/// Owners of files by the names that a container's configuration gives.
struct AccountLookup {
    private static let largestFile = 1 << 20

    let lookup: FileLookup

    /// `user[:group]`, each a name or a number; without a group it is the user's. Throws `invalidParameter`.
    func owner(_ text: String) throws -> TreeWriter.Owner {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = parts.first ?? ""
        let entry = lines("/etc/passwd").first { $0.count > 3 && ($0[0] == user || $0[2] == user) }
        guard let uid = entry.flatMap({ UInt32($0[2]) }) ?? UInt32(user) else {
            throw RPCError(.invalidParameter, "unable to find user \(user): no matching entries in passwd file")
        }
        guard parts.count == 2, !parts[1].isEmpty else {
            return .init(uid: uid, gid: entry.flatMap { UInt32($0[3]) } ?? 0)
        }
        let group = lines("/etc/group").first { $0.count > 2 && $0[0] == parts[1] }.flatMap { UInt32($0[2]) }
        guard let gid = group ?? UInt32(parts[1]) else {
            throw RPCError(.invalidParameter, "unable to find group \(parts[1]): no matching entries in group file")
        }
        return .init(uid: uid, gid: gid)
    }

    private func lines(_ path: String) -> [[String]] {
        guard let text = text(RawPath(path)) else { return [] }
        return text.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    }

    /// nil for what isn't there, or isn't such a file.
    private func text(_ path: RawPath) -> String? {
        guard let file = try? lookup.open(path, "\(path)", isDirectory: false) else { return nil }
        var status = stat()
        let isFile = file.use { fstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFREG
        guard isFile, status.st_size <= Self.largestFile else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = file.use { pread($0, &bytes, bytes.count, 0) }
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
