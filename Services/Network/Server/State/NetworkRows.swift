// The rows of the network service's tables.
import Contracts
import GRDB

/// A network.
struct NetworkRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "network"
    var id: String
    var name: String
    var driver: String
    /// Nanoseconds since 1970.
    var createdAt: Int64
    var subnet: String?
    var gateway: String?
}

/// A container's sandbox.
struct SandboxRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "sandbox"
    enum Mode: String, Codable, Sendable { case own, host, container }
    var containerID: String
    var containerName: String
    var mode: Mode
    /// The container whose namespace it shares; in mode `container` only.
    var donor: String?
    /// Name of the pin; in mode `own`, and in mode `container` unless the donor is in the host's namespace.
    var namespace: String?
    /// The container whose hosts, hostname and resolv.conf it has.
    var filesOwner: String
}

/// A sandbox's membership of a network, and its lease of an address.
struct EndpointRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "endpoint"
    var id: String
    var containerID: String
    var networkID: String
    var position: Int
    var interface: String
    var hostInterface: String
    var mac: String
    var ipv4: String
}

/// A sandbox's published port.
struct PublicationRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "publication"
    var containerID: String
    var position: Int
    var transport: PortBinding.Transport
    var hostAddress: String
    var hostPort: UInt16
    var containerAddress: String
    var containerPort: UInt16
}

extension PublicationRow {
    init(_ publication: Publication, containerID: String, position: Int) {
        self.init(
            containerID: containerID, position: position, transport: publication.transport,
            hostAddress: "\(publication.hostAddress)", hostPort: publication.hostPort,
            containerAddress: "\(publication.containerAddress)", containerPort: publication.containerPort)
    }

    /// nil for a row that this service didn't write.
    var publication: Publication? {
        guard let host = IPAddress(hostAddress), let container = IPAddress(containerAddress) else { return nil }
        return Publication(
            transport: transport, hostAddress: host, hostPort: hostPort, containerAddress: container, containerPort: containerPort)
    }
}
