// Sockets that a supervisor opened before it started the service (sd_listen_fds(3)).
import Glibc

/// A listening socket handed over at start.
public struct ActivatedSocket: Sendable, Equatable {
    /// `FileDescriptorName=` of the socket unit; `unknown` when the supervisor gave none.
    public var name: String
    public var descriptor: Int32

    public init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Whether it is for a socket with a policy: these are named by their paths, and nobody has the whole API at one.
    public var isScoped: Bool { name.hasPrefix("/") }

    /// The path that a Unix socket is bound to; nil for another socket.
    public var path: String? {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let bytes = withUnsafeBytes(of: address.sun_path) { Array($0.prefix { $0 != 0 }) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The first descriptor of a hand-over.
    static let firstDescriptor: Int32 = 3
    /// More than any service of ours has, with what is kept for it; a larger number is an accident.
    static let limit: Int32 = 1 << 16

    /// What `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` say; none when they are for another process.
    public static func named(in environment: [String: String], pid: Int32) -> [ActivatedSocket] {
        guard environment["LISTEN_PID"].flatMap(Int32.init) == pid,
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), (1...limit).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let name = names.indices.contains(Int(index)) ? String(names[Int(index)]) : ""
            return ActivatedSocket(name: name.isEmpty ? "unknown" : name, descriptor: firstDescriptor + index)
        }
    }

    /// Takes this process's sockets over: they are closed on exec from now on, and children don't see the variables.
    public static func takeAll(environment: [String: String]) -> [ActivatedSocket] {
        let sockets = named(in: environment, pid: getpid())
        for socket in sockets {
            _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC)
        }
        for variable in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] {
            unsetenv(variable)
        }
        return sockets
    }
}
