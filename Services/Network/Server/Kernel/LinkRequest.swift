// Requests for links on top of another one: macvlan, ipvlan, VLANs. Built as the kernel reads them, since libnl doesn't know all of it.
import CNetlink
import Glibc

/// What hangs on a parent link.
enum StackedLink: Sendable, Equatable {
    enum MACVLANMode: UInt32, Sendable { case privately = 1, vepa = 2, bridge = 4, passthru = 8 }
    enum IPVLANMode: UInt16, Sendable { case l2 = 0, l3 = 1, l3s = 2 }
    enum IPVLANFlag: UInt16, Sendable { case bridge = 0, privately = 1, vepa = 2 }

    case macvlan(MACVLANMode)
    case ipvlan(IPVLANMode, IPVLANFlag)
    case vlan(UInt16)

    /// As the kernel's modules are called.
    var kind: String {
        switch self {
        case .macvlan: "macvlan"
        case .ipvlan: "ipvlan"
        case .vlan: "vlan"
        }
    }
}

/// An attribute of a netlink message: bytes, or attributes.
indirect enum NetlinkAttribute: Sendable, Equatable {
    case bytes(UInt16, [UInt8])
    case nested(UInt16, [NetlinkAttribute])

    static func text(_ type: UInt16, _ text: String) -> NetlinkAttribute { .bytes(type, Array(text.utf8) + [0]) }

    static func number<N: FixedWidthInteger>(_ type: UInt16, _ number: N) -> NetlinkAttribute {
        .bytes(type, withUnsafeBytes(of: number) { Array($0) })
    }

    /// Header, payload, and what fills it up to four bytes.
    var encoded: [UInt8] {
        let (type, payload) =
            switch self {
            case .bytes(let type, let bytes): (type, bytes)
            case .nested(let type, let attributes): (type | 0x8000, attributes.flatMap(\.encoded))
            }
        let header = withUnsafeBytes(of: UInt16(payload.count + 4)) { Array($0) } + withUnsafeBytes(of: type) { Array($0) }
        return header + payload + [UInt8](repeating: 0, count: (4 - payload.count & 3) & 3)
    }
}

/// A link to be made.
struct LinkRequest: Sendable, Equatable {
    var name: String
    var link: StackedLink
    /// Index of the parent, in the namespace of the request's socket.
    var parent: Int32
    /// A descriptor of the namespace that it is made in; nil for the socket's.
    var namespace: Int32?
    /// nil for the parent's.
    var mtu: Int?

    private enum Kind {
        static let name: UInt16 = 3, mtu: UInt16 = 4, parent: UInt16 = 5, information: UInt16 = 18, namespace: UInt16 = 28
        static let informationKind: UInt16 = 1, informationData: UInt16 = 2
    }

    var attributes: [NetlinkAttribute] {
        var attributes: [NetlinkAttribute] = [.text(Kind.name, name), .number(Kind.parent, parent)]
        if let mtu { attributes.append(.number(Kind.mtu, UInt32(clamping: mtu))) }
        if let namespace { attributes.append(.number(Kind.namespace, namespace)) }
        attributes.append(.nested(Kind.information, [.text(Kind.informationKind, link.kind), .nested(Kind.informationData, data)]))
        return attributes
    }

    private var data: [NetlinkAttribute] {
        switch link {
        case .macvlan(let mode): [.number(1, mode.rawValue)]
        case .ipvlan(let mode, let flag): [.number(1, mode.rawValue), .number(2, flag.rawValue)]
        case .vlan(let id): [.number(1, id)]
        }
    }
}

extension NetlinkSocket {
    /// Makes a link on top of another. Throws `NetlinkError`, with `isUnsupported` where the kernel has no such links.
    func addLink(_ request: LinkRequest) throws(NetlinkError) {
        let bytes = request.attributes.flatMap(\.encoded)
        try send(RTM_NEWLINK, ifinfomsg(), flags: NLM_F_CREATE | NLM_F_EXCL, "add \(request.link.kind) link \(request.name)") { message in
            var bytes = bytes
            return nlmsg_append(message, &bytes, bytes.count, Int32(NLMSG_ALIGNTO))
        }
    }

    /// Makes a link that leads nowhere, as the parent of a network that needs none.
    func addDummy(name: String) throws(NetlinkError) {
        let attributes: [NetlinkAttribute] = [.text(3, name), .nested(18, [.text(1, "dummy")])]
        try send(RTM_NEWLINK, ifinfomsg(), flags: NLM_F_CREATE | NLM_F_EXCL, "add dummy link \(name)") { message in
            var bytes = attributes.flatMap(\.encoded)
            return nlmsg_append(message, &bytes, bytes.count, Int32(NLMSG_ALIGNTO))
        }
    }
}

extension NetlinkError {
    /// The kernel has no links of that kind.
    var isUnsupported: Bool { code == NLE_OPNOTSUPP }
}
