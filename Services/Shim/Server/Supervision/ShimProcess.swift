// The two ways in which a shim process comes to its connection.
import CLinux
import Contracts
import Glibc
import Linux
import RPC

public enum ShimProcess {
    /// The first descriptor of socket activation.
    private static let activatedDescriptor: Int32 = 3

    /// Forks a shim for each connection, until asked to end. Returns in the parent; a child never returns.
    public static func listen(_ options: ShimListener.Options) throws {
        let host = prepare()
        ShimWarmUp.run(host)
        switch try ShimListener(options).serve() {
        case .ended: return
        case .connection(let connection):
            let shim = try Shim(
                connection: connection, host: host, run: options.run, servedUIDs: options.servedUIDs, notesCalls: options.notesCalls)
            try shim.serve()
            exit(0)
        }
    }

    /// Serves the one connected socket that a service manager passed, as descriptor 3 or as stdin.
    ///
    /// The socket unit's mode and group decided who could connect, so the caller's user is served from then on.
    public static func serveActivatedConnection() throws {
        let host = prepare()
        let connection = try activatedConnection()
        var peer = clinux_peer()
        let result = clinux_peer_credentials(connection, &peer)
        guard result == 0 else { throw SystemFailure.error("getsockopt", "SO_PEERCRED", code: -result) }
        try Shim(connection: connection, host: host, servedUIDs: [peer.uid]).serve()
    }

    /// Says on stderr why the process can't go on.
    public static func complain(_ message: String) { ShimLog.note(message) }

    private static func prepare() -> RuntimeHost {
        do throws(Errno) { try OwnExecutable.protect() } catch { complain("containers can get at the shim's program: \(error)") }
        clinux_use_small_heap()
        umask(0o022)
        chdir("/")
        let host = RuntimeHost(standardLimits: standardLimits())
        host.warmUp()
        return host
    }

    /// What containers' processes have: not the shim's own limit, of which each exec and each attached client takes its part.
    private static func standardLimits() -> [ResourceLimit] {
        do throws(Errno) {
            return [try ResourceLimit.raiseDescriptors()]
        } catch {
            complain("the shim's limit of descriptors can't be raised: \(error)")
            return []
        }
    }

    private static func activatedConnection() throws(RPCError) -> Int32 {
        let isActivated = environment("LISTEN_FDS") == "1" && environment("LISTEN_PID").flatMap { Int32($0) } ?? getpid() == getpid()
        let descriptor = isActivated ? activatedDescriptor : STDIN_FILENO
        guard clinux_is_stream_socket(descriptor) == 1, clinux_is_listening(descriptor) == 0 else {
            throw RPCError(
                .invalidParameter,
                "Descriptor \(descriptor) is no connected stream: start berth-shim with --listen, or by a socket unit with Accept=yes.")
        }
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) }
        guard clinux_prepare_descriptor(descriptor) == 0 else { throw SystemFailure.error("fcntl", "descriptor \(descriptor)") }
        return descriptor
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
