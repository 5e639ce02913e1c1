// Links as ports of a bridge.
import CNetlink
import Glibc

extension NetlinkSocket {
    /// Keeps the kernel from giving a bridge port an IPv6 address, by which nothing could be reached: the bridge takes all that comes. Each
    /// would be four more routes that the kernel walks through whenever a link changes. Does nothing where there is no IPv6.
    func denyLinkLocalAddress(port name: String) throws(NetlinkError) {
        guard let index = try link(named: name)?.index else { throw .missing("look up link \(name)") }
        var header = ifinfomsg()
        header.ifi_index = index
        do {
            try send(RTM_SETLINK, header, "deny \(name) an address") { message in
                guard let families = nla_nest_start(message, Int32(IFLA_AF_SPEC)),
                    let own = nla_nest_start(message, AF_INET6)
                else { return -Int32(NLE_NOMEM) }
                let result = nla_put_u8(message, Int32(IFLA_INET6_ADDR_GEN_MODE), Self.noAddress)
                return result < 0 ? result : min(nla_nest_end(message, own), nla_nest_end(message, families))
            }
        } catch  where error.code == NLE_AF_NOSUPPORT {}
    }

    /// `IN6_ADDR_GEN_MODE_NONE`.
    private static var noAddress: UInt8 { 1 }

    /// Lets a bridge port send packets back to where they came from: with br_netfilter, a container that calls a port it
    /// publishes itself is answered that way.
    func enableHairpin(port name: String) throws(NetlinkError) {
        guard let index = try link(named: name)?.index else { throw .missing("look up link \(name)") }
        try changePort(index, "set hairpin of \(name)") { nla_put_u8($0, Int32(IFLA_BRPORT_MODE), 1) }
    }

    /// Keeps a bridge port from every other port of its bridge that is isolated too.
    func isolate(port name: String) throws(NetlinkError) {
        guard let index = try link(named: name)?.index else { throw .missing("look up link \(name)") }
        try changePort(index, "isolate bridge port \(name)") { nla_put_u8($0, Int32(IFLA_BRPORT_ISOLATED), 1) }
    }

    /// From now on the bridge passes nothing to the port and takes nothing from it. Does nothing when there is no such link, or when
    /// somebody took its bridge away.
    func disablePort(named name: String) throws(NetlinkError) {
        guard let link = try link(named: name), link.master != 0 else { return }
        let index = link.index
        try changePort(index, "disable bridge port \(name)") { nla_put_u8($0, Int32(IFLA_BRPORT_STATE), Self.disabledState) }
    }

    /// `BR_STATE_DISABLED` of the kernel's `if_bridge.h`, which Swift can't import beside the C library's headers.
    private static var disabledState: UInt8 { 0 }

    private func changePort(
        _ index: Int32, _ operation: String, _ attribute: (OpaquePointer) -> Int32
    ) throws(NetlinkError) {
        var header = ifinfomsg()
        header.ifi_family = UInt8(AF_BRIDGE)
        header.ifi_index = index
        try send(RTM_SETLINK, header, operation) { message in
            guard let nest = nla_nest_start(message, Int32(IFLA_PROTINFO) | Int32(NLA_F_NESTED)) else { return -Int32(NLE_NOMEM) }
            let result = attribute(message)
            return result < 0 ? result : nla_nest_end(message, nest)
        }
    }
}
