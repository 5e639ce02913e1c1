// What the host's packet filter says, by nft.
import Glibc
import ServiceKit

enum FirewallListing {
    /// More than any host has whose rules were made by hand.
    private static let limit = 16 << 20

    /// The whole ruleset as text; nil where it can't be had.
    static func read(_ nft: String) -> String? {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        let pid = try? ChildProcess(path: nft, arguments: ["list", "ruleset"], descriptors: [STDOUT_FILENO: ends[1]]).spawn()
        close(ends[1])
        guard let pid else { return nil }
        let bytes = readAll(ends[0])
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            if bytes.count < limit { bytes += buffer.prefix(count) }
        }
    }
}
