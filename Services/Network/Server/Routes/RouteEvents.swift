// What the kernel tells about routes that come and go.

/// Reads the kernel's notices of rtnetlink. Pure: bytes in, changes out.
enum RouteEvents {
    enum Change: Sendable, Equatable {
        case added(RouteInformation)
        case removed(RouteInformation)
        /// An interface is down or gone, and with it its routes, of which the kernel doesn't tell each.
        case interfaceLost(Int32)
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
    /// To elsewhere, to the host itself, and nowhere on purpose; no broadcasts.
    private static let types: Set<UInt8> = [1, 2, 6, 7, 8]
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

    /// The fixed part is a `struct rtmsg`: family, prefix length, …, type.
    private static func route(_ message: NetlinkMessage) -> RouteInformation? {
        let fixed = Array(message.fixed)
        guard types.contains(fixed[7]), let bytes = message.attribute(Attribute.destination), let address = IPAddress(bytes: Array(bytes)),
              let prefix = IPPrefix(containing: address, length: Int(fixed[1]))
        else { return nil }
        let interfaces = message.number(Attribute.interface).map { [Int32(bitPattern: $0)] } ?? []
        let route = RouteInformation(destination: prefix, interfaces: interfaces)
        return route.isSpecific ? route : nil
    }

    /// The fixed part is a `struct ifinfomsg`: family, type, index, flags, …
    private static func lostInterface(_ message: NetlinkMessage) -> Change? {
        let fixed = Array(message.fixed)
        let isUp = fixed[8] & 1 != 0
        guard message.type == Kind.linkRemoved || !isUp else { return nil }
        return .interfaceLost(Int32(bitPattern: NetlinkMessage.number(fixed[4...], 4)))
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
