// What a service manager gives to the process it starts, for `-H fd://` and `Type=notify`: listening sockets, and somebody to tell.
import Contracts
import Foundation
import Glibc
import ServiceKit

/// dockerd's unit has both; here the sockets go on to the gateway.
struct ServiceManagerHandover {
    static let none = ServiceManagerHandover(sockets: [], notification: SupervisorNotification(environment: [:]))

    /// The address that stands for the sockets.
    private static let activation = "fd://"

    let sockets: [ActivatedSocket]
    private let notification: SupervisorNotification

    private init(sockets: [ActivatedSocket], notification: SupervisorNotification) {
        self.sockets = sockets
        self.notification = notification
    }

    /// Takes over what this process was given; its children don't see it. Errors: `ConfigurationError` in dockerd's words when `hosts`
    /// ask for sockets and there are none.
    static func take(for hosts: [String]) throws -> ServiceManagerHandover {
        let variables = ProcessInfo.processInfo.environment
        let given = ActivatedSocket.takeAll(environment: variables)
        unsetenv("NOTIFY_SOCKET")
        let sockets = hosts.contains(activation) ? try given.map { try $0.movedAway() } : []
        guard !sockets.isEmpty || !hosts.contains(activation) else {
            throw ConfigurationError("no sockets found via socket activation: make sure the service was started by systemd")
        }
        return ServiceManagerHandover(sockets: sockets, notification: SupervisorNotification(environment: variables))
    }

    /// Says that the engine is up as soon as it answers, from a thread that ends then. All signals must be blocked already.
    func tellReady(_ layout: EngineLayout) {
        guard notification.isHeard else { return }
        let (notification, path) = (notification, layout.gatewaySocket)
        Thread.detachNewThread {
            let ping = UnixHTTPClient(socketPath: path)
            while (try? ping.request("GET", "/_ping"))?.status != 200 {
                var pause = timespec(.milliseconds(20))
                nanosleep(&pause, nil)
            }
            notification.send("READY=1\nMAINPID=\(getpid())")
        }
    }

    func tellStopping() { notification.send("STOPPING=1") }
}
