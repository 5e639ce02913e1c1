// The methods of the network service that are about containers.
import RPC

/// A port of the container made reachable on the host.
public struct PortBinding: Codable, Sendable, Equatable, Hashable {
    public enum Transport: String, Codable, Sendable { case tcp, udp, sctp }
    public var containerPort: UInt16
    public var transport: Transport
    /// Empty for every address of the host.
    public var hostAddress: String
    /// The first and last candidate; both 0 for an ephemeral port.
    public var hostPortFirst: UInt16
    public var hostPortLast: UInt16
    public init(containerPort: UInt16, transport: Transport, hostAddress: String = "", hostPortFirst: UInt16 = 0, hostPortLast: UInt16 = 0)
    {
        self.containerPort = containerPort
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPortFirst = hostPortFirst
        self.hostPortLast = hostPortLast
    }
}

/// A published port as it came to be.
public struct PublishedPort: Codable, Sendable, Equatable {
    public var containerPort: UInt16
    public var transport: PortBinding.Transport
    public var hostAddress: String
    public var hostPort: UInt16
    public init(containerPort: UInt16, transport: PortBinding.Transport, hostAddress: String, hostPort: UInt16) {
        self.containerPort = containerPort
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}

/// A link to another container of the default network, which gets names in this container's hosts file.
public struct SandboxLink: Codable, Sendable, Equatable {
    public var containerID: String
    /// The names, separated by spaces.
    public var names: String
    /// The other container's ports that are reachable even where containers of the default network don't reach each other. Nil is none.
    public var ports: [LinkedPort]?
    public init(containerID: String, names: String, ports: [LinkedPort]? = nil) {
        self.containerID = containerID
        self.names = names
        self.ports = ports
    }
}

/// A port of a linked container.
public struct LinkedPort: Codable, Sendable, Equatable, Hashable {
    public var transport: PortBinding.Transport
    public var port: UInt16
    public init(transport: PortBinding.Transport, port: UInt16) {
        self.transport = transport
        self.port = port
    }
}

/// Gives a container its network: a namespace from the pool, its endpoints in it, its published ports, and its
/// `hosts`, `hostname` and `resolv.conf`. One call for all, because it is on the start path.
/// What an earlier sandbox of the same container left is removed first.
/// Errors: notFound for a network or a donor container; conflict for a port in use (`Bind for 0.0.0.0:8080 failed: port is
/// already allocated`, with the owner among the details); `invalidParameter` for addresses outside the network.
public enum CreateSandbox: RPCMethod {
    public static let name = "network.sandbox.create"

    public enum Mode: Codable, Sendable, Equatable {
        /// A namespace of its own, with the request's endpoints; with none, loopback only (`none`).
        case own
        /// The host's namespace; only the three files are made.
        case host
        /// Namespace and files of another container's sandbox, given by its ID.
        case container(String)
    }

    public struct Request: Codable, Sendable {
        public var containerID: String
        public var containerName: String
        public var mode: Mode
        public var endpoints: [EndpointRequest]
        public var ports: [PortBinding]
        public var hostname: String
        public var domainname: String
        public var dnsServers: [String]
        public var dnsSearch: [String]
        public var dnsOptions: [String]
        /// `name:address` or `name:host-gateway`.
        public var extraHosts: [String]
        /// Links to other containers, kept current while those come and go. Nil is none.
        public var links: [SandboxLink]?
        /// IDs of a new user namespace that the network namespace belongs to; nil for the host's. Only for a namespace of its own.
        public var idMap: IDMap?
        /// The container's labels.
        public var labels: [String: String]?
        /// A predefined network that gives the container nothing but membership, `host` or `none`; nil for neither.
        public var nominalNetwork: String?

        public init(
            containerID: String, containerName: String, mode: Mode, endpoints: [EndpointRequest] = [], ports: [PortBinding] = [],
            hostname: String, domainname: String = "", dnsServers: [String] = [], dnsSearch: [String] = [],
            dnsOptions: [String] = [], extraHosts: [String] = []
        ) {
            self.containerID = containerID
            self.containerName = containerName
            self.mode = mode
            self.endpoints = endpoints
            self.ports = ports
            self.hostname = hostname
            self.domainname = domainname
            self.dnsServers = dnsServers
            self.dnsSearch = dnsSearch
            self.dnsOptions = dnsOptions
            self.extraHosts = extraHosts
        }
    }
    public typealias Response = SandboxRecord
}

/// A container's network as it came to be.
public struct SandboxRecord: Codable, Sendable, Equatable {
    public var containerID: String
    /// Path of the pinned namespace; empty in host mode.
    public var namespacePath: String
    public var endpoints: [EndpointRecord]
    public var ports: [PublishedPort]
    public var hostsPath: String
    public var hostnamePath: String
    public var resolvConfPath: String
    public init(
        containerID: String, namespacePath: String, endpoints: [EndpointRecord], ports: [PublishedPort], hostsPath: String,
        hostnamePath: String, resolvConfPath: String
    ) {
        self.containerID = containerID
        self.namespacePath = namespacePath
        self.endpoints = endpoints
        self.ports = ports
        self.hostsPath = hostsPath
        self.hostnamePath = hostnamePath
        self.resolvConfPath = resolvConfPath
    }
}

/// Publishes ports of a container in place of those it has published. Connections by ports that stay go on, and who may have one of
/// several ports keeps the one it has.
/// Errors: notFound for the sandbox; conflict for a port in use, as `CreateSandbox`; `invalidParameter` for what can't be published.
/// Whatever it fails with, nothing has changed.
public enum PublishPorts: RPCMethod {
    public static let name = "network.sandbox.publish"
    public struct Request: Codable, Sendable {
        public var containerID: String
        public var ports: [PortBinding]
        public init(containerID: String, ports: [PortBinding]) {
            self.containerID = containerID
            self.ports = ports
        }
    }
    public typealias Response = SandboxRecord
}

/// Frees a container's addresses, ports, interfaces and namespace. Succeeds when there is nothing.
public enum RemoveSandbox: RPCMethod {
    public static let name = "network.sandbox.remove"
    public struct Request: Codable, Sendable {
        public var containerID: String
        /// Keeps hosts, hostname and resolv.conf, as for a container that is stopped and may be started again.
        public var keepsFiles: Bool
        public init(containerID: String, keepsFiles: Bool) {
            self.containerID = containerID
            self.keepsFiles = keepsFiles
        }
    }
    public typealias Response = RPCNothing
}

/// Every sandbox there is: what the gateway converges with after a crash.
public enum ListSandboxes: RPCMethod {
    public static let name = "network.sandbox.list"
    public typealias Request = RPCNothing
    public struct Response: Codable, Sendable {
        public var sandboxes: [SandboxRecord]
        public init(sandboxes: [SandboxRecord]) { self.sandboxes = sandboxes }
    }
}
