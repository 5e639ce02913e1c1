// A socket on its way to a server.
import CLinux
import Glibc
import RPC

/// A connected socket and who is at its other end.
struct ConnectingSocket: Sendable {
    let descriptor: Int32
    let peer: RPCPeer

    /// How long a listener with a full backlog is waited for.
    private static let patience = Duration.seconds(5)

    /// Throws `RPCError(.unavailable)` when nobody listens.
    static func connect(_ path: String, service: String?) async throws -> ConnectingSocket {
        let deadline = ContinuousClock.now + patience
        var descriptor = clinux_unix_connect(path)
        while descriptor == -EAGAIN, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
            descriptor = clinux_unix_connect(path)
        }
        guard descriptor >= 0 else { throw failure(path, service, code: -descriptor) }
        var credentials = clinux_peer()
        let result = clinux_peer_credentials(descriptor, &credentials)
        guard result == 0 else {
            close(descriptor)
            throw failure(path, service, code: -result)
        }
        let peer = RPCPeer(pid: credentials.pid, uid: credentials.uid, gid: credentials.gid)
        return ConnectingSocket(descriptor: descriptor, peer: peer)
    }

    private static func failure(_ path: String, _ service: String?, code: Int32) -> RPCError {
        let name = service.map { "the \($0) service" } ?? "the service"
        let words =
            switch code {
            case ENOENT, ECONNREFUSED: "Cannot connect to \(name) at \(path). Is it running?"
            default: "Cannot connect to \(name) at \(path): \(String(cString: strerror(code)))."
            }
        return RPCError(.unavailable, words, details: ["path": path, "errno": "\(code)"])
    }
}

/// How this process introduces itself.
enum ProgramName {
    static let own = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "client"
}
