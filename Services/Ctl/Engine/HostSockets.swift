// Unix sockets of `hosts` and `scoped-sockets`: the supervisor opens them where the gateway's user may not.
import Contracts
import Glibc
import ServiceKit

/// Open as long as the engine runs, over restarts of the gateway.
struct HostSockets {
    /// Where dockerd listens when nobody says where.
    static let standardHost = "\(scheme)\(standardPath)"
    private static let standardPath = "/var/run/docker.sock"
    private static let scheme = "unix://"
    private static let mode: mode_t = 0o660

    private(set) var sockets: [ActivatedSocket] = []
    private var files: [UnixSocketFile] = []

    private init() {}

    /// Opens those of `hosts` that are Unix sockets, but for the engine's own. Errors: `ConfigurationError` where another engine listens,
    /// and `SystemCallError`; then nothing is left.
    static func open(_ hosts: [String], group: gid_t, layout: EngineLayout) throws -> HostSockets {
        var opened = HostSockets()
        do {
            for path in Set(hosts.compactMap(path)).subtracting([layout.gatewaySocket]).sorted() {
                try opened.add(path, name: "host", key: "hosts", group: group)
            }
        } catch {
            opened.close()
            throw error
        }
        return opened
    }

    /// With those that have a policy, but for what a service manager opened. What one of them lacks is told, and the others are opened.
    func adding(
        _ scoped: [ScopedSocket], given: [ActivatedSocket], group: gid_t, tell: (ScopedSocket, any Error) -> Void
    ) -> HostSockets {
        var opened = self
        for socket in scoped where !given.contains(where: { $0.name == socket.descriptorName }) {
            do {
                let group = try socket.group.map(EngineUser.group) ?? group
                try opened.add(socket.path, name: socket.descriptorName, key: "scoped-sockets", group: group)
            } catch {
                tell(socket, error)
            }
        }
        return opened
    }

    private mutating func add(_ path: String, name: String, key: String, group: gid_t) throws {
        guard !UnixSocket.isServed(path: path) else {
            throw ConfigurationError("\(key): another engine listens at \(path); stop it, or choose another path")
        }
        let descriptor = try UnixSocket.listen(path: path, mode: Self.mode, group: group)
        files += [UnixSocketFile(path: path)].compactMap { $0 }
        sockets.append(try ActivatedSocket(name: name, descriptor: descriptor).movedAway())
    }

    /// What is left of hosts for the gateway to open.
    static func others(_ hosts: [String]) -> [String] { hosts.filter { path($0) == nil } }

    func close() {
        files.forEach { $0.remove() }
        sockets.forEach { Glibc.close($0.descriptor) }
    }

    /// nil for what is no Unix socket with an absolute path; without any path, it is dockerd's.
    private static func path(_ host: String) -> String? {
        guard host.hasPrefix(scheme) else { return nil }
        let path = String(host.dropFirst(scheme.count))
        return path.isEmpty ? standardPath : path.hasPrefix("/") ? path : nil
    }
}

extension ActivatedSocket {
    /// Numbers from here on are clear of those that a child is given.
    private static let lowestNumber: Int32 = 256

    /// The same socket under a number that is nobody else's in a child. Throws `SystemCallError`.
    func movedAway() throws -> ActivatedSocket {
        let number = fcntl(descriptor, F_DUPFD_CLOEXEC, Self.lowestNumber)
        guard number >= 0 else { throw SystemCallError("fcntl", name) }
        Glibc.close(descriptor)
        return ActivatedSocket(name: name, descriptor: number)
    }
}
