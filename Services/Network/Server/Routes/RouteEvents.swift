// What the kernel tells about routes that come and go.

/// Reads the kernel's notices of rtnetlink. Pure: bytes in, changes out.
enum RouteEvents {
    enum Change: Sendable, Equatable {
        case added(RouteInformation)
        case removed(RouteInformation)
        /// An interface is down or gone, and with it its routes, of which the kernel doesn't tell each.
        case interfaceLost(Int32)

        var lostInterface: Int32? { if case .interfaceLost(let index) = self { index } else { nil } }
    }

    private enum Kind {
        static let linkChanged: UInt16 = 16
        static let linkRemoved: UInt16 = 17
        static let routeAdded: UInt16 = 24
        static let routeRemoved: UInt16 = 25
    }
    private enum Attribute {
        static let destination: UInt16 = 1
        static let interface: UInt16 = 4
    }
    /// `rtm_type`, as `linux/rtnetlink.h` has it: `RTN_UNICAST` and so on.
    private enum RouteType {
        static let unicast: UInt8 = 1
        static let local: UInt8 = 2
        static let blackhole: UInt8 = 6
        static let unreachable: UInt8 = 7
        static let prohibit: UInt8 = 8
    }
    /// Places of `rtm_dst_len` and `rtm_type` in `struct rtmsg`.
    private enum RouteField {
        static let destinationLength = 1
        static let type = 7
    }
    /// Places of `ifi_index` and `ifi_flags` in `struct ifinfomsg`.
    private enum LinkField {
        static let index = 4
        static let flags = 8
    }
    /// `IFF_UP`.
    private static let isUpFlag: UInt8 = 1
    /// The types that occupy a subnet; broadcasts, anycasts and multicasts don't.
    private static let types: Set<UInt8> = [
        RouteType.unicast, RouteType.local, RouteType.blackhole, RouteType.unreachable, RouteType.prohibit,
    ]
    private static let routeBytes = 12
    private static let linkBytes = 16

    /// Routes that say nothing of any subnet are left out, and what can't be read.
    static func read(_ bytes: [UInt8]) -> [Change] {
        var changes: [Change] = []
        var position = 0
        while let message = NetlinkMessage(bytes, at: position, fixedBytes: routeBytes) {
            switch message.type {
            case Kind.routeAdded: changes += route(message).map { [.added($0)] } ?? []
            case Kind.routeRemoved: changes += route(message).map { [.removed($0)] } ?? []
            case Kind.linkChanged, Kind.linkRemoved:
                changes += NetlinkMessage(bytes, at: position, fixedBytes: linkBytes).flatMap(lostInterface).map { [$0] } ?? []
            default: break
            }
            position += message.step
        }
        return changes
    }

    private static func route(_ message: NetlinkMessage) -> RouteInformation? {
        let fixed = Array(message.fixed)
        guard types.contains(fixed[RouteField.type]), let bytes = message.attribute(Attribute.destination),
            let address = IPAddress(bytes: Array(bytes)),
            let prefix = IPPrefix(containing: address, length: Int(fixed[RouteField.destinationLength]))
        else { return nil }
        let interfaces = message.number(Attribute.interface).map { [Int32(bitPattern: $0)] } ?? []
        let route = RouteInformation(destination: prefix, interfaces: interfaces)
        return route.isSpecific ? route : nil
    }

    private static func lostInterface(_ message: NetlinkMessage) -> Change? {
        let fixed = Array(message.fixed)
        let isUp = fixed[LinkField.flags] & isUpFlag != 0
        guard message.type == Kind.linkRemoved || !isUp else { return nil }
        return .interfaceLost(Int32(bitPattern: NetlinkMessage.number(fixed[LinkField.index...], 4)))
    }
}

extension RouteInformation {
    private static let unspecific = ["224.0.0.0/4", "fe80::/10", "ff00::/8"].compactMap { IPPrefix($0) }

    /// A route to everywhere, or to either half of everything as VPNs make them in its place, says nothing of any subnet; neither
    /// do those that each interface has for itself.
    var isSpecific: Bool {
        destination.length > 1 && !Self.unspecific.contains { $0.contains(destination) }
    }
}
