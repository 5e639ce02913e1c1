// A port of the host that leads to a port of a container.
import Contracts

/// One published port, as the packet filter needs to know it.
struct Publication: Sendable, Hashable {
    let transport: PortBinding.Transport
    /// Unspecified for every address of the host.
    let hostAddress: IPAddress
    let hostPort: UInt16
    let containerAddress: IPAddress
    let containerPort: UInt16

    /// True when the two can't both have their host port.
    func collides(with transport: PortBinding.Transport, _ address: IPAddress, _ port: UInt16) -> Bool {
        self.transport == transport && hostPort == port
            && (hostAddress == address || hostAddress.isUnspecified || address.isUnspecified)
    }

    var record: PublishedPort {
        PublishedPort(
            containerPort: containerPort, transport: transport, hostAddress: "\(hostAddress)", hostPort: hostPort)
    }
}
