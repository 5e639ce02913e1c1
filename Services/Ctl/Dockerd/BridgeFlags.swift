// dockerd's flags about the default network, besides those that keep engines apart.
import ArgumentParser
import ServiceKit

struct BridgeFlags: ParsableArguments {
    @Option(help: "Address and prefix of the bridge in IPv6.")
    var bip6: String?

    @Option(name: .customLong("fixed-cidr"), help: "Where containers' IPv4 addresses come from.")
    var fixedCIDR: String?

    @Option(name: .customLong("fixed-cidr-v6"), help: "The IPv6 subnet.")
    var fixedCIDRv6: String?

    @Option(name: .customLong("default-gateway"), help: "Where containers send what isn't for the subnet, instead of the bridge.")
    var gateway: String?

    @Option(name: .customLong("default-gateway-v6"), help: "The same for IPv6.")
    var gatewayV6: String?

    @Option(help: "Address of the host that ports are published at which name none.")
    var ip: String?

    @Flag(inversion: .prefixedNo, help: "Let containers reach each other.")
    var icc: Bool?

    @Flag(name: .customLong("ip-masq"), inversion: .prefixedNo, help: "Let containers leave the host under the host's address.")
    var masquerades: Bool?

    @Flag(inversion: .prefixedNo, help: "Have IPv6, too.")
    var ipv6: Bool?

    func apply(to configuration: inout EngineConfiguration) {
        var network = configuration.defaultNetwork
        network.bridgeAddressV6 = bip6 ?? network.bridgeAddressV6
        network.fixedCIDR = fixedCIDR ?? network.fixedCIDR
        network.fixedCIDRv6 = fixedCIDRv6 ?? network.fixedCIDRv6
        network.gateway = gateway ?? network.gateway
        network.gatewayV6 = gatewayV6 ?? network.gatewayV6
        network.publishAddress = ip ?? network.publishAddress
        network.connectsContainers = icc ?? network.connectsContainers
        network.masquerades = masquerades ?? network.masquerades
        network.enablesIPv6 = ipv6 ?? network.enablesIPv6
        configuration.defaultNetwork = network
    }
}
