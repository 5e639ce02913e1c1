// The networks of a container that is to be made, by their names, however a request has them. Pure.
import Contracts
import Models
import RPC

/// Endpoints by the names of their networks.
struct NamedEndpoints: Sendable {
    /// The network that the mode names, or the mode.
    var main: String
    var settings: [String: EndpointSettings]
}

/// Finds networks by name, ID or the beginning of one.
struct EndpointNaming {
    let networks: [NetworkRecord]

    /// What isn't found stays as it is: the network may come before the container starts.
    func name(of key: String) -> String {
        (try? NetworkFacade.find(key, networks))?.name ?? key
    }

    /// With one for the main network where there is no other. Errors: `invalidParameter` where two are for the same network.
    func named(_ endpoints: [String: EndpointSettings], mode: String, macAddress: String) throws(RPCError) -> NamedEndpoints {
        var named = NamedEndpoints(main: name(of: mode), settings: [:])
        for (key, endpoint) in endpoints {
            guard named.settings.updateValue(endpoint, forKey: name(of: key)) == nil else {
                throw RPCError(.invalidParameter, "network \(name(of: key)) is specified more than once")
            }
        }
        guard named.settings.isEmpty || named.settings[named.main] != nil else { return named }
        var first = named.settings[named.main] ?? EndpointSettings()
        if first.macAddress.isEmpty { first.macAddress = macAddress }
        named.settings[named.main] = first
        return named
    }
}
