// The rows of the network service's tables.
import Contracts
import GRDB

/// A network.
struct NetworkRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "network"
    /// Only what is ready is a network; the rest is cleared away when the service starts.
    enum Stage: String, Codable, Sendable { case making, ready, removing }
    var id: String
    var name: String
    var driver: String
    /// Nanoseconds since 1970.
    var createdAt: Int64
    /// Of the default bridge only.
    var subnet: String?
    /// Of the default bridge only.
    var gateway: String?
    var stage = Stage.ready
    /// nil for predefined networks.
    var configuration: NetworkConfiguration?
}

/// What a user-defined network was made with: all that is needed to make it again.
struct NetworkConfiguration: Codable, Sendable, Equatable {
    var enablesIPv4 = true
    var enablesIPv6 = false
    var isInternal = false
    var isAttachable = false
    var isConfigurationOnly = false
    var configurationSource = ""
    var labels: [String: String] = [:]
    var options: [String: String] = [:]
    var ipamOptions: [String: String] = [:]
    var pools: [NetworkRecord.Pool] = []
    /// Asked for, but of a family that the network hasn't enabled: shown and otherwise unused. Nil in rows of earlier versions.
    var unusedPools: [NetworkRecord.Pool]?
    /// Those of the subnets that the engine chose: it chose them for being in nobody's way.
    var chosenSubnets: [String] = []
    /// The engine made the parent of this macvlan or ipvlan network. Nil in rows of earlier versions.
    var madeParent: Bool?
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
    /// Empty in rows of earlier versions.
    var hostname = ""
    var domainname = ""
    /// What the user wants instead of the host's name servers, search list and options.
    var dns: ResolvConf.Overrides?
    /// Other containers of the default network, which its hosts file names.
    var links: [SandboxLink]?
    /// The container's; nil in rows of earlier versions.
    var labels: [String: String]?
    /// Membership of `host` or `none`; nil in rows of earlier versions.
    var nominal: NominalEndpoint?
}

/// Membership of a network that gives nothing: neither an interface nor an address.
struct NominalEndpoint: Codable, Sendable, Equatable {
    var id: String
    var networkID: String
}

/// A sandbox's membership of a network, and its lease of addresses.
struct EndpointRow: Codable, Sendable, Equatable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "endpoint"
    var id: String
    var containerID: String
    var networkID: String
    var position: Int
    var interface: String
    /// The other end of its cable; empty for an interface that has none, as those of macvlan.
    var hostInterface: String
    var mac: String
    /// nil on a network without IPv4.
    var ipv4: String?
    var ipv6: String?
    var settings = EndpointDetails()
}

/// The part of an endpoint that nothing is looked up by.
struct EndpointDetails: Codable, Sendable, Equatable {
    /// The names that lead to it, the first is the one its address leads back to; none on the default network.
    var dnsNames: [String] = []
    var aliases: [String] = []
    var links: [EndpointLink] = []
    var gatewayPriority: Int64 = 0
    /// Ports that are reached without translation, on a network in routed mode.
    var openPorts: [OpenPort] = []
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
