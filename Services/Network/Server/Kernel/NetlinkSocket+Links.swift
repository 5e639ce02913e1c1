// Interfaces: bridges and veth pairs.
import CNetlink
import Glibc

/// An interface as the kernel has it.
struct LinkInformation: Sendable, Equatable {
    var index: Int32
    var name: String
    /// `bridge`, `veth`…; empty for a physical interface.
    var kind: String
    /// Index of the bridge it is a port of; 0 for none.
    var master: Int32
    var mac: MACAddress?
    var mtu: UInt32
    var isUp: Bool
    /// It has the engine's mark; without one it is the host's, or of an earlier version.
    var isMarked = false
}

extension NetlinkSocket {
    /// nil when there is none of that name.
    func link(named name: String) throws(NetlinkError) -> LinkInformation? {
        var link: OpaquePointer?
        let result = rtnl_link_get_kernel(handle, 0, name, &link)
        let error = NetlinkError(operation: "look up link \(name)", code: -result)
        if result < 0 {
            if error.isMissing { return nil }
            throw error
        }
        defer { rtnl_link_put(link) }
        return link.map(Self.information)
    }

    func links() throws(NetlinkError) -> [LinkInformation] {
        var links: [LinkInformation] = []
        try dump("list links", { rtnl_link_alloc_cache(handle, AF_UNSPEC, $0) }, { links.append(Self.information($0)) })
        return links
    }

    /// Its address is given, or else it would follow those of its ports, and containers would lose their gateway.
    ///
    /// Nor is it made with a size: only one that it gets afterwards stays when its last port goes.
    func addBridge(name: String, mac: MACAddress) throws(NetlinkError) {
        let link = try NetlinkError.some(rtnl_link_bridge_alloc(), "allocate a link")
        defer { rtnl_link_put(link) }
        rtnl_link_set_name(link, name)
        rtnl_link_set_group(link, Self.mark)
        try Self.set(mac, of: link)
        try NetlinkError.check(rtnl_link_add(handle, link, NLM_F_CREATE | NLM_F_EXCL), "add bridge \(name)")
    }

    /// Makes a pair: the host's end is a port of the bridge and up, the other is in the namespace and down.
    func addVeth(
        name: String, bridge: Int32, mtu: Int, peer: String, namespace: Descriptor
    ) throws(NetlinkError) {
        let link = try NetlinkError.some(rtnl_link_veth_alloc(), "allocate a link")
        defer { rtnl_link_veth_release(link) }
        rtnl_link_set_name(link, name)
        rtnl_link_set_group(link, Self.mark)
        rtnl_link_set_master(link, bridge)
        rtnl_link_set_mtu(link, UInt32(mtu))
        rtnl_link_set_flags(link, UInt32(IFF_UP))
        let other = try NetlinkError.some(rtnl_link_veth_get_peer(link), "allocate a link")
        defer { rtnl_link_put(other) }
        rtnl_link_set_name(other, peer)
        rtnl_link_set_mtu(other, UInt32(mtu))
        rtnl_link_set_ns_fd(other, namespace.raw)
        try NetlinkError.check(rtnl_link_add(handle, link, NLM_F_CREATE | NLM_F_EXCL), "add link \(name)")
    }

    /// Makes a link a port of another bridge.
    func setMaster(_ bridge: Int32, ofLink name: String) throws(NetlinkError) {
        guard let index = try link(named: name)?.index else { throw .missing("look up link \(name)") }
        let link = try NetlinkError.some(rtnl_link_alloc(), "allocate a link")
        defer { rtnl_link_put(link) }
        let changes = try NetlinkError.some(rtnl_link_alloc(), "allocate a link")
        defer { rtnl_link_put(changes) }
        rtnl_link_set_ifindex(link, index)
        rtnl_link_set_master(changes, bridge)
        try NetlinkError.check(rtnl_link_change(handle, link, changes, 0), "move link \(name) to another bridge")
    }

    /// Brings a link up; with `mac` or `mtu`, gives it those first.
    func activateLink(index: Int32, mac: MACAddress? = nil, mtu: Int? = nil) throws(NetlinkError) {
        let link = try NetlinkError.some(rtnl_link_alloc(), "allocate a link")
        defer { rtnl_link_put(link) }
        let changes = try NetlinkError.some(rtnl_link_alloc(), "allocate a link")
        defer { rtnl_link_put(changes) }
        rtnl_link_set_ifindex(link, index)
        rtnl_link_set_flags(changes, UInt32(IFF_UP))
        if let mac { try Self.set(mac, of: changes) }
        if let mtu { rtnl_link_set_mtu(changes, UInt32(mtu)) }
        try NetlinkError.check(rtnl_link_change(handle, link, changes, 0), "activate link \(index)")
    }

    /// Returns false when there is none of that name.
    @discardableResult
    func deleteLink(named name: String) throws(NetlinkError) -> Bool {
        let link = try NetlinkError.some(rtnl_link_alloc(), "allocate a link")
        defer { rtnl_link_put(link) }
        rtnl_link_set_name(link, name)
        let result = rtnl_link_delete(handle, link)
        if NetlinkError(operation: "", code: -result).isMissing { return false }
        try NetlinkError.check(result, "delete link \(name)")
        return true
    }

    /// Deletes those of the links that are there, with their peers, in one step.
    func deleteLinks(named names: [String]) throws(NetlinkError) {
        guard names.count > 1 else {
            if let name = names.first { try deleteLink(named: name) }
            return
        }
        // No one's choice: administrators number theirs from 1. Nor the mark.
        let group = UInt32.random(in: 1 << 30..<Self.mark)
        var isAny = false
        for name in names {
            guard let index = try link(named: name)?.index else { continue }
            try setGroup(group, ofLink: index)
            isAny = true
        }
        guard isAny else { return }
        let operation = "delete the links of group \(group)"
        try send(RTM_DELLINK, ifinfomsg(), operation) { nla_put_u32($0, Int32(IFLA_GROUP), group) }
    }

    /// The group of the bridges and cables that an engine made. The kernel has it with the link, from its first moment to its last.
    private static var mark: UInt32 { 0x6265_7274 }

    /// Has a link count as the engine's.
    func mark(link index: Int32) throws(NetlinkError) {
        try setGroup(Self.mark, ofLink: index)
    }

    private func setGroup(_ group: UInt32, ofLink index: Int32) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_index = index
        try send(RTM_SETLINK, header, "set the group of link \(index)") { nla_put_u32($0, Int32(IFLA_GROUP), group) }
    }

    private static func set(_ mac: MACAddress, of link: OpaquePointer) throws(NetlinkError) {
        let address = try NetlinkError.some(nl_addr_build(AF_LLC, mac.bytes, mac.bytes.count), "allocate an address")
        defer { nl_addr_put(address) }
        rtnl_link_set_addr(link, address)
    }

    private static func information(_ link: OpaquePointer) -> LinkInformation {
        LinkInformation(
            index: rtnl_link_get_ifindex(link), name: rtnl_link_get_name(link).map { String(cString: $0) } ?? "",
            kind: rtnl_link_get_type(link).map { String(cString: $0) } ?? "", master: rtnl_link_get_master(link),
            mac: mac(of: link), mtu: rtnl_link_get_mtu(link), isUp: rtnl_link_get_flags(link) & UInt32(IFF_UP) != 0,
            isMarked: rtnl_link_get_group(link) == mark)
    }

    private static func mac(of link: OpaquePointer) -> MACAddress? {
        guard let address = rtnl_link_get_addr(link), let bytes = nl_addr_get_binary_addr(address) else { return nil }
        return MACAddress(bytes: Array(UnsafeRawBufferPointer(start: bytes, count: Int(nl_addr_get_len(address)))))
    }
}
