// A request for a network, checked before anything is done.
import Contracts
import RPC

/// What is to be made.
struct NetworkPlan: Sendable {
    var name: String
    var driver: String
    var configuration: NetworkConfiguration
    var wishes: [SubnetWish]
    var warnings: [String]

    /// `existing` are all networks there are. Throws `RPCError`, with all faults in one message.
    init(_ request: CreateNetwork.Request, existing: [NetworkRow]) throws {
        name = request.name
        // A template has no driver: those have one that are made from it.
        driver = request.driver.isEmpty || request.isConfigurationOnly ? PredefinedNetworks.bridgeDriver : request.driver
        try Self.checkName(request.name, existing)
        var source: NetworkConfiguration?
        if !request.configurationSource.isEmpty { source = try Self.template(of: request, existing) }
        configuration = Self.configuration(request, from: source)
        warnings = []
        wishes = []
        try Self.checkTemplate(request)
        try Self.checkDriver(driver, request)
        try settle(request)
        try checkBridgeName(existing)
    }

    private static func checkName(_ name: String, _ existing: [NetworkRow]) throws {
        guard !name.isEmpty, name.contains(where: { !$0.isWhitespace }) else {
            throw RPCError(.invalidParameter, "invalid name: name is empty")
        }
        guard !PredefinedNetworks.all.contains(where: { $0.name == name }) && name != "default" else {
            throw RPCError(.forbidden, "operation is not permitted on predefined \(name) network")
        }
        let isPrintable = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        guard isPrintable, !name.hasPrefix(" "), !name.hasSuffix(" "), !name.contains("/"), name.utf8.count <= 255 else {
            throw RPCError(.invalidParameter, "invalid name: \(name)")
        }
        guard !existing.contains(where: { $0.name == name }) else {
            throw RPCError(.conflict, "network with name \(name) already exists")
        }
    }

    private static func checkTemplate(_ request: CreateNetwork.Request) throws {
        guard !request.isConfigurationOnly || !request.isInternal && !request.isAttachable else {
            throw RPCError(
                .forbidden,
                "configuration network can only contain network specific fields. "
                    + "Network operator fields like [ ingress | internal | attachable | scope ] are not supported.")
        }
    }

    private static func checkDriver(_ driver: String, _ request: CreateNetwork.Request) throws {
        if let only = PredefinedNetworks.all.first(where: { $0.driver == driver && driver != PredefinedNetworks.bridgeDriver }) {
            throw RPCError(.forbidden, "only one instance of \"\(only.driver)\" network is allowed")
        }
        guard driver == PredefinedNetworks.bridgeDriver || ParentOptions.drivers.contains(driver) else {
            throw RPCError(.notFound, "plugin \"\(driver)\" not found")
        }
        guard ["", "default"].contains(request.ipamDriver) else {
            throw RPCError(.notFound, "plugin \"\(request.ipamDriver)\" not found")
        }
    }

    /// The configuration of the network that the new one is to be made from.
    private static func template(of request: CreateNetwork.Request, _ existing: [NetworkRow]) throws -> NetworkConfiguration {
        guard let row = existing.first(where: { $0.name == request.configurationSource }) else {
            throw RPCError(.notFound, "configuration network \"\(request.configurationSource)\" does not exist")
        }
        guard let source = row.configuration, source.isConfigurationOnly else {
            throw RPCError(.forbidden, "network \"\(row.name)\" is not a configuration network")
        }
        guard !request.isConfigurationOnly else {
            throw RPCError(.forbidden, "a configuration network cannot depend on another configuration network")
        }
        let isBare =
            request.pools.isEmpty && request.options.isEmpty && request.ipamOptions.isEmpty && request.enablesIPv4 != false
            && request.enablesIPv6 != true && request.labels.isEmpty
        guard isBare else {
            throw RPCError(.forbidden, "user specified configurations are not supported if the network depends on a configuration network")
        }
        return source
    }

    private static func configuration(_ request: CreateNetwork.Request, from source: NetworkConfiguration?) -> NetworkConfiguration {
        var made =
            source
            ?? NetworkConfiguration(
                enablesIPv4: request.enablesIPv4 ?? true, enablesIPv6: request.enablesIPv6 ?? false, labels: request.labels,
                options: request.options, ipamOptions: request.ipamOptions, pools: request.pools)
        made.isInternal = request.isInternal
        made.isAttachable = request.isAttachable
        made.isConfigurationOnly = request.isConfigurationOnly
        made.configurationSource = request.configurationSource
        return made
    }
}

extension NetworkPlan {
    private mutating func settle(_ request: CreateNetwork.Request) throws {
        var check = SubnetCheck()
        let families = (configuration.enablesIPv4 ? [IPFamily.v4] : []) + (configuration.enablesIPv6 ? [.v6] : [])
        guard !families.isEmpty || configuration.isConfigurationOnly else {
            throw RPCError(.invalidParameter, "IPv4 or IPv6 must be enabled")
        }
        wishes = check.wishes(configuration.pools, families: families)
        var (faults, unknown) = (check.faults, [String]())
        if ParentOptions.drivers.contains(driver) {
            _ = ParentOptions(configuration.options, driver: driver, faults: &faults, unknown: &unknown)
        } else if !configuration.isConfigurationOnly {
            _ = NetworkOptions(configuration.options, isInternal: configuration.isInternal, faults: &faults, unknown: &unknown)
        }
        guard faults.isEmpty else {
            // dockerd gathers under this heading what is wrong with addresses.
            let heading = check.faults.isEmpty ? "" : "invalid network config:\n"
            throw RPCError(.invalidParameter, heading + faults.joined(separator: "\n"))
        }
        warnings += unknown.map { "option \($0) means nothing to driver \(driver) and has no effect" }
        if !configuration.isConfigurationOnly { setAsideUnusedPools(families) }
        warnings += configuration.ipamOptions.keys.sorted().map { "IPAM option \($0) has no effect" }
    }

    /// dockerd keeps them, too, and is silent. They are told again when the network is inspected: clients that compare it with what
    /// they asked for would make it anew otherwise.
    private mutating func setAsideUnusedPools(_ families: [IPFamily]) {
        let unused = configuration.pools.filter { pool in
            InterfaceAddress(pool.subnet).map { !families.contains($0.prefix.family) } ?? false
        }
        configuration.unusedPools = unused.isEmpty ? nil : unused
        configuration.pools.removeAll { unused.contains($0) }
        warnings += unused.map { pool in
            "subnet \(pool.subnet) has no effect: the network has no \(pool.subnet.contains(":") ? "IPv6" : "IPv4")"
        }
    }

    private func checkBridgeName(_ existing: [NetworkRow]) throws {
        guard let bridge = configuration.options[NetworkOptions.bridgeNameKey], !bridge.isEmpty, !configuration.isConfigurationOnly,
            let other = existing.first(where: { $0.hasSubnets && $0.configuration?.options[NetworkOptions.bridgeNameKey] == bridge })
        else { return }
        throw RPCError(
            .forbidden,
            "cannot create network \(name) (\(bridge)): conflicts with network \(other.id) (\(bridge)): networks have same bridge name")
    }
}
