// What a service finds when it starts.
import Contracts
import Logging
import RPCNIO

/// The circumstances a service runs in, put together once by `ServiceBootstrap`.
public struct ServiceEnvironment: Sendable {
    public let options: ServiceOptions
    public let layout: EngineLayout
    public let configuration: EngineConfiguration
    public let logger: Logger
    /// What a supervisor opened beforehand, in its order.
    public let activatedSockets: [ActivatedSocket]
    let notification: SupervisorNotification

    /// Tells the supervisor that requests are answered from now on.
    public func ready() {
        notification.send("READY=1")
    }

    /// What the supervisor keeps for the service over its restarts.
    public var descriptorStore: DescriptorStore { DescriptorStore(sockets: activatedSockets, notification: notification) }

    /// The socket a supervisor opened under that name, if it did.
    public func activatedSocket(named name: String) -> ActivatedSocket? {
        activatedSockets.first { $0.name == name }
    }

    /// Where a service listens: on the socket a supervisor opened under that name, or else on its path, made with that mode.
    public func listener(named name: String, path: String, mode: UInt32) -> RPCListener {
        activatedSocket(named: name).map { .descriptor($0.descriptor) } ?? .path(path, mode: mode)
    }
}
