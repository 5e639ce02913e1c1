// From a client's request to what the network service is asked for. Pure.
import Contracts
import Models
import RPC

enum NetworkRequestBuilder {
    private static let standardDriver = "bridge"

    /// How compose files ask for IPv6 whose format has no word for it, and the engine's configuration for either.
    private static let (ipv4Option, ipv6Option) = ("com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6")

    /// `defaults` are options by driver, for networks whose request leaves them out and that aren't made from another's configuration.
    /// Errors: forbidden, or `invalidParameter`, for what only clusters have.
    static func request(
        _ original: NetworkCreateRequest, defaults: [String: [String: String]] = [:]
    ) throws(RPCError) -> CreateNetwork.Request {
        var body = original
        if !body.configOnly, body.configFrom?.network ?? "" == "" {
            let standard = defaults[body.driver.isEmpty ? standardDriver : body.driver] ?? [:]
            body.options = standard.merging(body.options) { $1 }
        }
        guard !body.ingress else {
            throw RPCError(.forbidden, "Ingress network can only be global scope network")
        }
        guard body.scope != "swarm" else {
            throw RPCError(.forbidden, "cannot create a swarm scoped network when swarm is not active")
        }
        guard ["", "local"].contains(body.scope) else {
            throw RPCError(.invalidParameter, "scope \(body.scope) is not supported: networks are of this host alone")
        }
        var request = CreateNetwork.Request(name: body.name, driver: body.driver)
        request.enablesIPv4 = try isEnabled(body.enableIPv4, or: ipv4Option, &body.options)
        request.enablesIPv6 = try isEnabled(body.enableIPv6, or: ipv6Option, &body.options)
        request.isInternal = body.internal
        request.isAttachable = body.attachable
        request.isConfigurationOnly = body.configOnly
        request.configurationSource = body.configFrom?.network ?? ""
        request.labels = body.labels
        request.options = body.options
        request.ipamDriver = body.ipam?.driver ?? ""
        request.ipamOptions = body.ipam?.options ?? [:]
        request.pools = (body.ipam?.config ?? []).map {
            NetworkRecord.Pool(
                subnet: $0.subnet, gateway: $0.gateway, ipRange: $0.ipRange, auxiliaryAddresses: $0.auxiliaryAddresses)
        }
        return request
    }

    /// An option that the request itself overrides isn't kept: inspect would show what isn't so.
    private static func isEnabled(_ wanted: Bool?, or option: String, _ options: inout [String: String]) throws(RPCError) -> Bool? {
        guard wanted == nil else {
            options[option] = nil
            return wanted
        }
        guard let text = options[option] else { return nil }
        guard let value = TruthValue.parse(text) else {
            throw RPCError(.invalidParameter, "driver-opt \"\(option)\" is not a valid bool")
        }
        return value
    }
}
