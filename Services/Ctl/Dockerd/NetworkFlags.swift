// dockerd's flags about all networks, and about names.
import ArgumentParser
import ServiceKit

struct NetworkFlags: ParsableArguments {
    @Option(help: "MTU of networks, in bytes.")
    var mtu: Int?

    @Option(
        name: .customLong("default-network-opt"),
        help: "driver=option=value: option of networks that are made without it. May be repeated.")
    var options: [String] = []

    @Flag(name: .customLong("userland-proxy"), inversion: .prefixedNo, help: "Lead ports by a process where the kernel can't.")
    var userlandProxy: Bool?

    @Flag(
        name: .customLong("allow-direct-routing"), inversion: .prefixedNo,
        help: "Have published ports reached at containers' own addresses, too, by who has a route.")
    var allowsDirectRouting: Bool?

    @Option(name: .customLong("bridge-accept-fwmark"), help: "mark[/mask] of packets that reach containers whatever they publish.")
    var acceptedMark: String?

    @Option(help: "Address of a name server of containers, instead of the configuration's. May be repeated.")
    var dns: [String] = []

    @Option(
        name: .customLong("dns-search"), help: "Domain that containers search names in, instead of the configuration's. May be repeated.")
    var dnsSearch: [String] = []

    @Option(name: .customLong("dns-opt"), help: "Option of containers' resolver, instead of the configuration's. May be repeated.")
    var dnsOptions: [String] = []

    @Option(
        name: .customLong("host-gateway-ip"),
        help: "Address that host-gateway stands for in extra hosts, once for each family (default: the default bridge's).")
    var hostGateways: [String] = []

    /// Errors: `ConfigurationError`.
    func apply(to configuration: inout EngineConfiguration) throws {
        if let mtu { configuration.mtu = mtu == 0 ? nil : mtu }
        for text in options {
            let driver = try FlagPair(text, of: "default-network-opt")
            let option = try FlagPair(driver.value, of: "default-network-opt")
            configuration.networkOptions[driver.key, default: [:]][option.key] = option.value
        }
        configuration.userlandProxy = userlandProxy ?? configuration.userlandProxy
        configuration.allowsDirectRouting = allowsDirectRouting ?? configuration.allowsDirectRouting
        configuration.acceptedMark = acceptedMark ?? configuration.acceptedMark
        if !dns.isEmpty { configuration.lookups.servers = dns }
        if !dnsSearch.isEmpty { configuration.lookups.search = dnsSearch }
        if !dnsOptions.isEmpty { configuration.lookups.options = dnsOptions }
        if !hostGateways.isEmpty { configuration.lookups.hostGateways = hostGateways }
    }
}
