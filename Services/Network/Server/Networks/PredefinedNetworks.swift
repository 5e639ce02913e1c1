// The networks that are always there: bridge, host and none.
import Contracts

/// Names, drivers and Docker's option keys of the predefined networks.
enum PredefinedNetworks {
    static let bridgeName = "bridge"
    static let bridgeDriver = "bridge"
    static let nullDriver = "null"

    static let all = [(name: bridgeName, driver: bridgeDriver), (name: "host", driver: "host"), (name: "none", driver: nullDriver)]

    /// These give nothing but membership.
    static let nominalDrivers: Set<String> = ["host", "null"]

    /// What `docker network inspect bridge` shows.
    static func bridgeOptions(_ settings: NetworkSettings) -> [String: String] {
        let options = settings.defaultNetwork.options
        return [
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_icc": "\(options.connectsContainers)",
            "com.docker.network.bridge.enable_ip_masquerade": "\(options.masquerades)",
            "com.docker.network.bridge.host_binding_ipv4": "\(options.binding ?? .anyIPv4)",
            "com.docker.network.bridge.name": settings.bridge,
            "com.docker.network.driver.mtu": "\(settings.mtu)",
        ]
    }
}
