// Which routes of the host lead into subnets of networks.

/// A route of the host's and a network that it overlaps. Some of the network's addresses may mean other machines to the host.
struct RouteOverlap: Sendable, Hashable {
    var networkID: String
    var subnet: IPPrefix
    var route: IPPrefix
    /// Index of the interface that the route leads to; nil for none, or several.
    var interface: Int32?
}

/// What is known of overlaps. Pure.
struct RouteOverlaps: Sendable {
    /// A network that could be overlapped.
    struct Target: Sendable {
        var networkID: String
        /// Index of its own bridge, whose routes are the network's.
        var bridge: Int32
        var subnets: [IPPrefix]
    }

    private(set) var known: Set<RouteOverlap> = []

    /// Takes a change in, and returns the overlaps that begin with it.
    mutating func apply(_ change: RouteEvents.Change, to targets: [Target]) -> [RouteOverlap] {
        switch change {
        case .added(let route):
            let fresh = Self.overlaps(of: route, targets).filter { !known.contains($0) }
            known.formUnion(fresh)
            return fresh
        case .removed(let route):
            known = known.filter { $0.route != route.destination || $0.interface != route.interfaces.only }
            return []
        case .interfaceLost(let index):
            known = known.filter { $0.interface != index }
            return []
        }
    }

    /// Takes all routes there are, and returns the overlaps that weren't known.
    mutating func replace(by routes: some Collection<RouteInformation>, targets: [Target]) -> [RouteOverlap] {
        let all = Set(routes.flatMap { Self.overlaps(of: $0, targets) })
        defer { known = all }
        return all.subtracting(known).sorted { ($0.networkID, $0.route.description) < ($1.networkID, $1.route.description) }
    }

    mutating func forget(network id: String) {
        known = known.filter { $0.networkID != id }
    }

    private static func overlaps(of route: RouteInformation, _ targets: [Target]) -> [RouteOverlap] {
        guard route.isSpecific else { return [] }
        return targets.filter { route.interfaces != [$0.bridge] }.flatMap { target in
            target.subnets.filter { $0.overlaps(route.destination) }.map { subnet in
                RouteOverlap(
                    networkID: target.networkID, subnet: subnet, route: route.destination, interface: route.interfaces.only)
            }
        }
    }
}

extension Array {
    /// The element, if there is no other.
    fileprivate var only: Element? { count == 1 ? first : nil }
}
