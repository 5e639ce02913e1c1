// What the configuration says of the default network, checked.
import ServiceKit

/// The settings of the default bridge besides its name and address.
struct DefaultNetworkSettings: Sendable, Equatable {
    /// Where containers' addresses come from; nil for the whole subnet.
    var range: IPPrefix?
    /// Where containers send what isn't for the subnet; nil for the bridge.
    var gateway: IPAddress?
    var enablesIPv6 = false
    /// nil to have one of the engine's own range.
    var subnetV6: IPPrefix?
    /// The bridge's address in IPv6; nil for the first of the subnet.
    var bridgeAddressV6: IPAddress?
    /// Where containers' IPv6 addresses come from; nil for the whole subnet.
    var rangeV6: IPPrefix?
    /// Where containers send IPv6 packets that aren't for the subnet; nil for the bridge.
    var gatewayV6: IPAddress?
    var options = NetworkOptions()

    /// `bip` is the bridge's address if that is given too. Throws `ConfigurationError`.
    init(_ configuration: EngineConfiguration.DefaultNetwork, bip: InterfaceAddress?) throws {
        range = try Self.prefix(configuration.fixedCIDR, "fixed-cidr", .v4)
        subnetV6 = try Self.prefix(configuration.fixedCIDRv6, "fixed-cidr-v6", .v6)
        enablesIPv6 = configuration.enablesIPv6
        try settleV6(configuration)
        gateway = try Self.address(configuration.gateway, "default-gateway")
        options.connectsContainers = configuration.connectsContainers
        options.masquerades = configuration.masquerades
        options.binding = try Self.address(configuration.publishAddress, "ip").flatMap { $0.isUnspecified ? nil : $0 }
        if let range, let bip, !bip.prefix.contains(range) {
            throw ConfigurationError("key 'fixed-cidr' must be within the bridge's subnet \(bip.prefix), not \(range)")
        }
        if let gateway, let subnet = bip?.prefix ?? range, !subnet.contains(gateway) {
            throw ConfigurationError("key 'default-gateway' must be in the bridge's subnet \(subnet), not \(gateway)")
        }
        if let range, range.length > 30 { throw ConfigurationError("key 'fixed-cidr' must have room for containers, not \(range)") }
    }

    /// As dockerd: the bridge's own prefix is the subnet, and what `fixed-cidr-v6` says lies within; or else that is the subnet.
    private mutating func settleV6(_ configuration: EngineConfiguration.DefaultNetwork) throws {
        gatewayV6 = try Self.address(configuration.gatewayV6, "default-gateway-v6", .v6)
        if let text = configuration.bridgeAddressV6 {
            guard let bridge = InterfaceAddress(text), bridge.address.family == .v6, bridge.address != bridge.prefix.first else {
                throw ConfigurationError("key 'bip6' must be an IPv6 address of a host with its prefix length, not '\(text)'")
            }
            (bridgeAddressV6, rangeV6, subnetV6) = (bridge.address, subnetV6, bridge.prefix)
        }
        if let rangeV6, let subnetV6, !subnetV6.contains(rangeV6) {
            throw ConfigurationError("key 'fixed-cidr-v6' must be within the bridge's subnet \(subnetV6), not \(rangeV6)")
        }
        if let gatewayV6, let subnetV6, !subnetV6.contains(gatewayV6) {
            throw ConfigurationError("key 'default-gateway-v6' must be in the bridge's subnet \(subnetV6), not \(gatewayV6)")
        }
    }

    /// As dockerd: without an address of its own, the bridge is in the range that containers' addresses come from.
    var bridgeAddress: InterfaceAddress? {
        range.flatMap { InterfaceAddress(address: IPAddress(family: .v4, value: $0.first.value + 1), length: $0.length) }
    }

    /// Without what isn't within the subnet, and the keys of that.
    func limited(to subnet: IPPrefix) -> (settings: DefaultNetworkSettings, ignored: [String]) {
        var (settings, ignored) = (self, [String]())
        if let range, !subnet.contains(range) {
            settings.range = nil
            ignored.append("fixed-cidr")
        }
        if let gateway, !subnet.contains(gateway) || [subnet.first, subnet.last].contains(gateway) {
            settings.gateway = nil
            ignored.append("default-gateway")
        }
        return (settings, ignored)
    }

    private static func prefix(_ text: String?, _ key: String, _ family: IPFamily) throws -> IPPrefix? {
        guard let text, !text.isEmpty else { return nil }
        guard let interface = InterfaceAddress(text), interface.address.family == family else {
            throw ConfigurationError("key '\(key)' must be an IPv\(family.rawValue) subnet in CIDR notation, not '\(text)'")
        }
        return interface.prefix
    }

    private static func address(_ text: String?, _ key: String, _ family: IPFamily = .v4) throws -> IPAddress? {
        guard let text, !text.isEmpty else { return nil }
        guard let address = IPAddress(text), address.family == family else {
            throw ConfigurationError("key '\(key)' must be an IPv\(family.rawValue) address, not '\(text)'")
        }
        return address
    }
}
