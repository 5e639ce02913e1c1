// Ports of containers that are reached from outside.
import Contracts

/// One published port, as the packet filter needs to know it.
struct Publication: Sendable, Hashable {
    let transport: PortBinding.Transport
    /// Unspecified for every address of the host of its family, which is the container address's too.
    let hostAddress: IPAddress
    let hostPort: UInt16
    var containerAddress: IPAddress
    let containerPort: UInt16

    /// True when the two can't both have their host port.
    func collides(with transport: PortBinding.Transport, _ address: IPAddress, _ port: UInt16) -> Bool {
        self.transport == transport && hostPort == port && hostAddress.family == address.family
            && (hostAddress == address || hostAddress.isUnspecified || address.isUnspecified)
    }

    var record: PublishedPort {
        PublishedPort(
            containerPort: containerPort, transport: transport, hostAddress: "\(hostAddress)", hostPort: hostPort)
    }
}

/// A port that is reached at the container's own address.
struct OpenPort: Codable, Sendable, Hashable {
    /// Of the container.
    var address: String
    var transport: PortBinding.Transport
    var port: UInt16
    /// True when that goes only for those behind the network's trusted interfaces. nil in rows of earlier versions.
    var isForTrusted: Bool?
}

/// A port of one container that another one reaches, on a bridge whose containers don't reach each other.
struct LinkedWay: Sendable, Hashable {
    var source: IPAddress
    var target: IPAddress
    var transport: PortBinding.Transport
    var port: UInt16
}
