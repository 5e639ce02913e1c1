// Finds the program that has a port, for the words of an error.
import Contracts
import Glibc

/// A program of the host.
struct PortHolder: Sendable, Equatable, CustomStringConvertible {
    var pid: Int32
    var name: String

    var description: String { "\(name) (process \(pid))" }

    /// nil when none has the port, or when the service may not look into the program that has it.
    static func find(_ transport: PortBinding.Transport, _ port: UInt16) -> PortHolder? {
        let tables = ["/proc/thread-self/net/\(transport.rawValue)", "/proc/thread-self/net/\(transport.rawValue)6"]
        let sockets = tables.flatMap { path in
            inodes(inTable: ((try? TextFile.read(path, limit: tableLimit)) ?? nil) ?? "", port: port)
        }
        let links = Set(sockets.map { "socket:[\($0)]" })
        guard !links.isEmpty else { return nil }
        let pids = ((try? Directories.names(in: "/proc")) ?? []).compactMap { Int32($0) }.filter { $0 != getpid() }
        return pids.first { holds($0, links) }.map { PortHolder(pid: $0, name: name(of: $0)) }
    }

    /// Sockets bound to the port, from the text of `/proc/net/tcp` or its like. For TCP those that listen come first.
    static func inodes(inTable text: String, port: UInt16) -> [String] {
        let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }.filter { $0.count > 9 && $0[9] != "0" }
        let matches = rows.filter { row in
            row[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) } == port
        }
        return (matches.filter { $0[3] == listening } + matches.filter { $0[3] != listening }).map { String($0[9]) }
    }

    private static let listening = "0A"
    /// A table of a hundred thousand sockets is searched only in part.
    private static let tableLimit = 16 << 20

    private static func holds(_ pid: Int32, _ links: Set<String>) -> Bool {
        let directory = "/proc/\(pid)/fd"
        let descriptors = (try? Directories.names(in: directory)) ?? []
        return descriptors.contains { descriptor in
            var target = [CChar](repeating: 0, count: 64)
            let count = readlink("\(directory)/\(descriptor)", &target, target.count)
            return count > 0 && links.contains(String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
    }

    private static func name(of pid: Int32) -> String {
        let text = ((try? TextFile.read("/proc/\(pid)/comm", limit: 64)) ?? nil) ?? ""
        return text.isEmpty ? "unknown" : String(text.prefix { $0 != "\n" })
    }
}
