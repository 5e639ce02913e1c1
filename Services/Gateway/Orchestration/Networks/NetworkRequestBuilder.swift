// From a client's request to what the network service is asked for. Pure.
import Contracts
import Models
import RPC

enum NetworkRequestBuilder {
    private static let standardDriver = "bridge"

    /// How compose files ask for IPv6 whose format has no word for it.
    private static let ipv6Option = "com.docker.network.enable_ipv6"

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
        request.enablesIPv4 = body.enableIPv4
        request.enablesIPv6 = if let wanted = body.enableIPv6 { wanted } else { try ipv6ByOption(body.options) }
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

    private static func ipv6ByOption(_ options: [String: String]) throws(RPCError) -> Bool? {
        guard let text = options[ipv6Option] else { return nil }
        guard let value = TruthValue.parse(text) else {
            throw RPCError(.invalidParameter, "driver-opt \"\(ipv6Option)\" is not a valid bool")
        }
        return value
    }
}
