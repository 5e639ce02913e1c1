// The kernel's notices about routes, as bytes.
import TestSupport
import Testing

@testable import NetworkServer

struct RouteEventsTests {
    /// A message of rtnetlink with a route of IPv4, or of IPv6 for 16 bytes of destination.
    private static func message(
        _ type: UInt16, to destination: [UInt8]?, length: UInt8, interface: UInt32? = 7, kind: UInt8 = 1
    ) -> [UInt8] {
        let family: UInt8 = destination?.count == 16 ? 10 : 2
        var body: [UInt8] = [family, length, 0, 0, 254, 3, 0, kind, 0, 0, 0, 0]
        if let destination { body += attribute(1, destination) }
        if let interface { body += attribute(4, little(interface)) }
        return little(UInt32(16 + body.count)) + [UInt8(type & 0xff), UInt8(type >> 8)] + [UInt8](repeating: 0, count: 10) + body
    }

    private static func attribute(_ type: UInt8, _ value: [UInt8]) -> [UInt8] { [UInt8(value.count + 4), 0, type, 0] + value }
    private static func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> UInt32(8 * $0) & 0xff) } }

    private static func route(_ text: String, _ interfaces: [Int32] = [7]) throws -> RouteInformation {
        RouteInformation(destination: try #require(IPPrefix(text)), interfaces: interfaces)
    }

    @Test func routesThatComeAndGo() throws {
        let v6 = [UInt8]([0xfd, 0x00, 0, 9] + [UInt8](repeating: 0, count: 12))
        let bytes =
            Self.message(24, to: [10, 8, 0, 0], length: 16) + Self.message(25, to: v6, length: 32)
            + Self.message(24, to: [10, 9, 0, 0], length: 16, interface: nil, kind: 6)
        #expect(
            RouteEvents.read(bytes) == [
                .added(try Self.route("10.8.0.0/16")), .removed(try Self.route("fd00:9::/32")), .added(try Self.route("10.9.0.0/16", [])),
            ])
    }

    /// A `struct ifinfomsg` says which interface, and in its flags whether it is up.
    @Test func interfacesThatGo() {
        func link(_ type: UInt16, _ index: UInt32, isUp: Bool) -> [UInt8] {
            let body = [0, 0, 1, 0] + Self.little(index) + Self.little(isUp ? 0x1003 : 0x1002) + Self.little(0)
            return Self.little(UInt32(16 + body.count)) + [UInt8(type), 0] + [UInt8](repeating: 0, count: 10) + body
        }
        let bytes = link(16, 5, isUp: true) + link(16, 6, isUp: false) + link(17, 7, isUp: true)
        #expect(RouteEvents.read(bytes) == [.interfaceLost(6), .interfaceLost(7)])
    }

    /// Routes to everywhere, or to half of everything, groups, broadcasts, and other messages.
    @Test func whatSaysNothingOfSubnets() {
        for message in [
            Self.message(24, to: nil, length: 0), Self.message(24, to: [0, 0, 0, 0], length: 1),
            Self.message(24, to: [128, 0, 0, 0], length: 1), Self.message(24, to: [224, 8, 0, 1], length: 32),
            Self.message(24, to: [10, 8, 0, 255], length: 32, kind: 3), Self.message(20, to: [10, 8, 0, 0], length: 16),
        ] { #expect(RouteEvents.read(message).isEmpty) }
    }

    @Test func brokenMessagesAreLeftOut() {
        let whole = Self.message(24, to: [10, 8, 0, 0], length: 16)
        for count in 0..<whole.count { #expect(RouteEvents.read(Array(whole[..<count])).isEmpty) }
        // Every byte wrong in every way: nothing traps, and there are no more routes than messages.
        for position in whole.indices {
            for value in UInt8.min ... .max {
                var bytes = whole + whole
                bytes[position] = value
                #expect(RouteEvents.read(bytes).count <= 2)
            }
        }
    }
}
