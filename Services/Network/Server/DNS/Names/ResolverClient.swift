// A sandbox as the one who asks.

/// What lookups of a sandbox depend on.
struct ResolverClient: Sendable, Equatable {
    /// The sandbox's membership of a network.
    struct Membership: Sendable, Equatable {
        var networkID: String
        /// Names that are the sandbox's alone, in lower case, and what they stand for.
        var links: [String: Link] = [:]
    }

    /// Another container, whoever is called so when it is looked up; or else the one by its ID.
    struct Link: Sendable, Equatable {
        /// In lower case.
        var name: String?
        var containerID: String?
    }

    /// The container's ID.
    var id: String
    /// In the order in which they are searched.
    var memberships: [Membership]
    /// Name servers that the user wants instead of the host's, reached from the container; empty for the host's.
    var servers: [IPAddress] = []
    /// True when the container can reach IPv6 addresses by itself.
    var hasIPv6 = false
    /// True when all of its networks are internal: then nothing is asked from the host's namespace for it.
    var isConfined = false
    /// True when `ndots` was set above zero: unknown names without a dot are left to the client's search list.
    var keepsShortNames = false
}

/// A name server to pass queries on to.
struct Upstream: Sendable, Hashable {
    var address: IPAddress
    /// Reached from the host's network namespace instead of the container's.
    var isHosts: Bool
}

extension ResolverClient {
    /// The address at which every container finds this resolver.
    static let address = IPAddress(family: .v4, value: 0x7f00_000b)

    /// Whom to pass its queries on to. `host` are the host's name servers; what a container can't reach of those, such as the
    /// host's loopback, is reached from the host's namespace. Without any, public ones are taken, as dockerd does.
    func upstreams(host: [IPAddress]) -> [Upstream] {
        let own = servers.filter { $0 != Self.address }
        if !servers.isEmpty { return own.map { Upstream(address: $0, isHosts: false) } }
        let known = host.isEmpty ? ResolvConf.fallbackNameservers.compactMap { IPAddress($0) } : host
        return known.map { Upstream(address: $0, isHosts: $0.isLoopback || $0.family == .v6 && !hasIPv6) }
            .filter { !($0.isHosts && isConfined) }
    }
}
