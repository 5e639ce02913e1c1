// A request for a sandbox, checked before anything is done.
import Contracts
import RPC

/// What is to be made for a container.
struct SandboxPlan: Sendable {
    enum Mode: Sendable {
        /// A namespace of its own, with an interface for each; with none, loopback only.
        case own([EndpointPlan])
        case host
        case container(String)
    }

    var containerID: String
    var containerName: String
    var mode: Mode
    var ports: [PortBinding]
    var hostname: String
    var domainname: String
    var overrides: ResolvConf.Overrides
    var extraHosts: [HostsFile.Entry]
    var links: [SandboxLink]
    /// Of the user namespace that the network namespace belongs to; nil for the host's.
    var idMap: IDMap?
    var labels: [String: String]?
    /// ID of a network that gives nothing but membership.
    var nominalNetworkID: String?

    /// `gateways` are what `host-gateway` stands for. Throws `RPCError`.
    init(_ request: CreateSandbox.Request, networks: [NetworkRow], gateways: [IPAddress]) throws {
        containerID = try Self.checkedID(request.containerID)
        containerName = request.containerName
        hostname = request.hostname
        domainname = request.domainname
        ports = request.ports
        overrides = ResolvConf.Overrides(nameservers: request.dnsServers, search: request.dnsSearch, options: request.dnsOptions)
        extraHosts = try request.extraHosts.flatMap { try HostsFile.Entry.entries(ofExtraHost: $0, gateways: gateways) }
        links = request.links ?? []
        idMap = request.idMap
        labels = request.labels
        mode = try Self.mode(of: request, networks: networks)
        nominalNetworkID = try Self.nominalNetwork(of: request, networks: networks)?.id
        try Self.checkWords([hostname, domainname].filter { !$0.isEmpty } + overrides.search + overrides.options)
        try Self.checkWords(links.flatMap { $0.names.split(separator: " ").map(String.init) })
        if let bad = overrides.nameservers.first(where: { IPAddress($0) == nil }) {
            throw RPCError(.invalidParameter, "invalid IP address in dns: \"\(bad)\"")
        }
        for binding in ports { _ = try PortRegistry.hostAddress(of: binding) }
    }

    /// What the container doesn't ask for is as the configuration has it.
    func completed(by standard: ResolvConf.Overrides) -> SandboxPlan {
        var plan = self
        if overrides.nameservers.isEmpty { plan.overrides.nameservers = standard.nameservers }
        if overrides.search.isEmpty { plan.overrides.search = standard.search }
        if overrides.options.isEmpty { plan.overrides.options = standard.options }
        return plan
    }

    /// IDs become names of directories.
    static func checkedID(_ id: String) throws -> String {
        let isName = id.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || [0x2d, 0x5f].contains(byte)
        }
        guard isName, (1...128).contains(id.utf8.count) else { throw RPCError(.invalidParameter, "invalid container ID: \"\(id)\"") }
        return id
    }

    /// Each becomes a word of a line in a file.
    private static func checkWords(_ words: [String]) throws {
        let bad = words.first { $0.isEmpty || $0.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7f } }
        if let bad { throw RPCError(.invalidParameter, "invalid name or option: \"\(bad)\"") }
    }
}

extension SandboxPlan {
    private static func mode(of request: CreateSandbox.Request, networks: [NetworkRow]) throws -> Mode {
        switch request.mode {
        case .own:
            let endpoints = try request.endpoints.map { try EndpointPlan($0, networks: networks) }
            guard Set(endpoints.map(\.networkID)).count == endpoints.count else {
                throw RPCError(.invalidParameter, "a container can be on a network only once")
            }
            return .own(endpoints)
        case .host:
            try refuseEndpoints(request, "host")
            return .host
        case .container(let donor):
            try refuseEndpoints(request, "container")
            guard request.ports.isEmpty else {
                throw RPCError(.invalidParameter, "conflicting options: port publishing and the container type network mode")
            }
            return .container(donor)
        }
    }

    private static func nominalNetwork(of request: CreateSandbox.Request, networks: [NetworkRow]) throws -> NetworkRow? {
        guard let name = request.nominalNetwork else { return nil }
        let network = networks.first { $0.name == name && PredefinedNetworks.nominalDrivers.contains($0.driver) }
        guard let network else { throw RPCError(.invalidParameter, "network \(name) is neither host nor none") }
        guard request.endpoints.isEmpty else {
            throw RPCError(
                .invalidParameter, "container cannot be connected to multiple networks with one of the networks in \(name) mode")
        }
        return network
    }

    private static func refuseEndpoints(_ request: CreateSandbox.Request, _ mode: String) throws {
        guard request.endpoints.isEmpty else {
            throw RPCError(.invalidParameter, "conflicting options: container can't be connected to a network in \(mode) network mode")
        }
    }
}
