// An engine that another program started, such as systemd: it has no supervisor's lock, and is known by what it serves and locks.
import Contracts
import Glibc
import ServiceKit

struct OtherEngine {
    let layout: EngineLayout

    /// Errors: `ConfigurationError` where one serves this engine's sockets, or has its records. Services whose supervisor was killed
    /// are ending, and are waited for.
    func refuse() throws {
        let isLeftOver = SupervisorRecord.read(from: layout) != nil
        var reason: String?
        _ = ProcessExit.poll(isLeftOver ? Supervisor.stopTimeout : .zero) {
            reason = sign
            return reason == nil
        }
        if let reason { throw ConfigurationError("\(reason); \(Self.advice)") }
    }

    private static let advice = """
        stop it (systemctl stop berth.target where systemd runs it), or choose another --root, --run and --bridge for this one
        """

    private var sign: String? {
        for path in [layout.gatewaySocket, layout.imagesSocket, layout.networkSocket] where UnixSocket.isServed(path: path) {
            return "another engine listens at \(path)"
        }
        return isGatewayLocked ? "the gateway of another engine has its records in \(layout.gatewayState)" : nil
    }

    private var isGatewayLocked: Bool {
        let descriptor = open(layout.gatewayLock, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
