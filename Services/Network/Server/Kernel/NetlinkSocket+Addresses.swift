// Addresses of interfaces, and routes.
import CNetlink
import Glibc

/// A route of the host: where to, and by which interface.
struct RouteInformation: Sendable, Hashable {
    var destination: IPPrefix
    /// Indices of the interfaces it leads out of.
    var interfaces: [Int32]
}

extension NetlinkSocket {
    /// Addresses of one interface, without those that only count on its link.
    func addresses(ofLink index: Int32, family: IPFamily = .v4) throws(NetlinkError) -> [InterfaceAddress] {
        var addresses: [InterfaceAddress] = []
        try dump(
            "list addresses", { rtnl_addr_alloc_cache(handle, $0) },
            { object in
                guard rtnl_addr_get_ifindex(object) == index, let address = IPAddress(netlink: rtnl_addr_get_local(object)),
                    let interface = InterfaceAddress(address: address, length: Int(rtnl_addr_get_prefixlen(object))),
                    address.family == family, rtnl_addr_get_scope(object) != Int32(RT_SCOPE_LINK.rawValue)
                else { return }
                addresses.append(interface)
            })
        return addresses
    }

    /// Gives an interface an address: IPv4 with its network's last one for broadcasts, IPv6 to be used at once, since nobody else
    /// can have what was given out here.
    func addAddress(_ interface: InterfaceAddress, toLink index: Int32) throws(NetlinkError) {
        let address = try NetlinkError.some(rtnl_addr_alloc(), "allocate an address")
        defer { rtnl_addr_put(address) }
        rtnl_addr_set_ifindex(address, index)
        let isLocalSet = try interface.address.withNetlinkAddress(length: interface.prefix.length) { rtnl_addr_set_local(address, $0) }
        try NetlinkError.check(isLocalSet, "set address \(interface)")
        if interface.address.family == .v4, interface.prefix.length < 31 {
            let isBroadcastSet = try interface.prefix.last.withNetlinkAddress { rtnl_addr_set_broadcast(address, $0) }
            try NetlinkError.check(isBroadcastSet, "set broadcast of \(interface)")
        }
        if interface.address.family == .v6 { rtnl_addr_set_flags(address, UInt32(IFA_F_NODAD)) }
        try NetlinkError.check(rtnl_addr_add(handle, address, 0), "add address \(interface)")
    }

    /// Succeeds when the interface doesn't have it.
    func deleteAddress(_ interface: InterfaceAddress, ofLink index: Int32) throws(NetlinkError) {
        let address = try NetlinkError.some(rtnl_addr_alloc(), "allocate an address")
        defer { rtnl_addr_put(address) }
        rtnl_addr_set_ifindex(address, index)
        let isLocalSet = try interface.address.withNetlinkAddress(length: interface.prefix.length) { rtnl_addr_set_local(address, $0) }
        try NetlinkError.check(isLocalSet, "set address \(interface)")
        let result = rtnl_addr_delete(handle, address, 0)
        if NetlinkError(operation: "", code: -result).isMissing { return }
        try NetlinkError.check(result, "delete address \(interface)")
    }

    /// Makes `gateway`, or with nil the link itself, the way to everywhere, in place of any other.
    func addDefaultRoute(_ family: IPFamily, via gateway: IPAddress?, link index: Int32) throws(NetlinkError) {
        let route = try defaultRoute(family)
        defer { rtnl_route_put(route) }
        let hop = try NetlinkError.some(rtnl_route_nh_alloc(), "allocate a next hop")
        rtnl_route_nh_set_ifindex(hop, index)
        if let gateway {
            try gateway.withNetlinkAddress { rtnl_route_nh_set_gateway(hop, $0) }
            // A gateway outside of the interface's subnets is reached all the same.
            rtnl_route_nh_set_flags(hop, UInt32(RTNH_F_ONLINK))
        }
        rtnl_route_add_nexthop(route, hop)
        let way = gateway.map { "\($0)" } ?? "link \(index)"
        try NetlinkError.check(rtnl_route_add(handle, route, NLM_F_CREATE | NLM_F_REPLACE), "add default route via \(way)")
    }

    /// Succeeds when there is none.
    func deleteDefaultRoute(_ family: IPFamily) throws(NetlinkError) {
        let route = try defaultRoute(family)
        defer { rtnl_route_put(route) }
        let result = rtnl_route_delete(handle, route, 0)
        if result < 0, [Int32(NLE_OBJ_NOTFOUND), Int32(NLE_NODEV)].contains(-result) { return }
        try NetlinkError.check(result, "delete the default route")
    }

    private func defaultRoute(_ family: IPFamily) throws(NetlinkError) -> OpaquePointer {
        let route = try NetlinkError.some(rtnl_route_alloc(), "allocate a route")
        rtnl_route_set_family(route, UInt8(family.domain))
        let anywhere = IPAddress(family: family, value: 0)
        let isDestinationSet = try anywhere.withNetlinkAddress(length: 0) { rtnl_route_set_dst(route, $0) }
        try NetlinkError.check(isDestinationSet, "set the default route's destination")
        return route
    }

    /// The routes of all tables.
    func routes(_ family: IPFamily = .v4) throws(NetlinkError) -> [RouteInformation] {
        var routes: [RouteInformation] = []
        try dump(
            "list routes", { rtnl_route_alloc_cache(handle, family.domain, 0, $0) },
            { object in
                guard let destination = rtnl_route_get_dst(object) else { return }
                let address = IPAddress(netlink: destination) ?? IPAddress(family: family, value: 0)
                guard let prefix = IPPrefix(containing: address, length: Int(nl_addr_get_prefixlen(destination))) else { return }
                routes.append(RouteInformation(destination: prefix, interfaces: Self.interfaces(of: object)))
            })
        return routes
    }

    private static func interfaces(of route: OpaquePointer) -> [Int32] {
        (0..<rtnl_route_get_nnexthops(route)).compactMap { position in
            rtnl_route_nexthop_n(route, position).map { rtnl_route_nh_get_ifindex($0) }
        }
    }
}
