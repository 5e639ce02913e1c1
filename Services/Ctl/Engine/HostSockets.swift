// Unix sockets that `hosts` name: the supervisor opens them, for the gateway's user may not do so where they are to be.
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

    let sockets: [ActivatedSocket]
    private let files: [UnixSocketFile]

    /// Opens those of `hosts` that are Unix sockets, but for the engine's own. Errors: `ConfigurationError` where another engine listens,
    /// and `SystemCallError`; then nothing is left.
    static func open(_ hosts: [String], group: gid_t, layout: EngineLayout) throws -> HostSockets {
        var opened = HostSockets(sockets: [], files: [])
        do {
            for path in Set(hosts.compactMap(path)).subtracting([layout.gatewaySocket]).sorted() {
                try refuseAnother(at: path)
                let descriptor = try UnixSocket.listen(path: path, mode: mode, group: group)
                opened = HostSockets(
                    sockets: opened.sockets + [try ActivatedSocket(name: "host", descriptor: descriptor).movedAway()],
                    files: opened.files + [UnixSocketFile(path: path)].compactMap { $0 })
            }
        } catch {
            opened.close()
            throw error
        }
        return opened
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

    private static func refuseAnother(at path: String) throws {
        guard UnixSocket.isServed(path: path) else { return }
        throw ConfigurationError("hosts: another engine listens at \(path); stop it, or choose another --host")
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
