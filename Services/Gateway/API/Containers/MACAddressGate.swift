// The container-wide MAC address: the only one before 1.44, deprecated until 1.52, then refused.
import Models
import RPC

enum MACAddressGate {
    /// Moves the address to the endpoint of the container's main network. Returns warnings. Errors: `invalidParameter`.
    static func apply(
        _ config: inout ContainerConfig, _ host: HostConfig, _ endpoints: inout [String: EndpointSettings], _ version: APIVersion
    ) throws -> [String] {
        let isOld = version < APIVersionGate.startInterval
        if isOld {
            for name in endpoints.keys { endpoints[name]?.macAddress = "" }
        }
        let address = config.macAddress
        guard !address.isEmpty else { return [] }
        guard version < APIVersionGate.noLegacyNetworkSettings else {
            throw RPCError(
                .invalidParameter, "container-wide MAC address no longer supported; use endpoint-specific MAC address instead")
        }
        config.macAddress = ""
        try move(address, to: host.networkMode, &endpoints)
        return isOld ? [] : ["The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."]
    }

    private static func move(_ address: String, to network: String, _ endpoints: inout [String: EndpointSettings]) throws {
        guard network != "host", network != "none", !network.hasPrefix("container:") else {
            throw RPCError(.invalidParameter, "conflicting options: mac-address and the network mode")
        }
        // The main network may be named by ID on one side and by name on the other; a lone endpoint is meant in any case.
        let key = endpoints[network] == nil && endpoints.count == 1 ? endpoints.keys.first ?? network : network
        guard endpoints.isEmpty || endpoints[key] != nil else {
            throw RPCError(
                .invalidParameter,
                "if a container-wide MAC address is supplied, HostConfig.NetworkMode must match the identity of a network in "
                    + "NetworkSettings.Networks")
        }
        var endpoint = endpoints[key] ?? EndpointSettings()
        guard endpoint.macAddress.isEmpty || endpoint.macAddress == address else {
            throw RPCError(
                .invalidParameter,
                "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty")
        }
        endpoint.macAddress = address
        endpoints[key] = endpoint
    }
}
