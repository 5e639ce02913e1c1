// Which routes overlap which networks, and what is told of it.
import Contracts
import Testing

@testable import NetworkServer

struct RouteOverlapsTests {
    private static let targets = [
        RouteOverlaps.Target(
            networkID: "a", bridge: 4, subnets: ["10.1.2.0/24", "fd00:1::/64"].compactMap { IPPrefix($0) }),
        RouteOverlaps.Target(networkID: "b", bridge: 5, subnets: ["10.1.3.0/24"].compactMap { IPPrefix($0) }),
    ]

    private static func route(_ text: String, _ interface: Int32) throws -> RouteInformation {
        RouteInformation(destination: try #require(IPPrefix(text)), interfaces: [interface])
    }

    @Test func aWiderAndANarrowerRoute() throws {
        var overlaps = RouteOverlaps()
        #expect(overlaps.apply(.added(try Self.route("10.0.0.0/8", 9)), to: Self.targets).map(\.networkID) == ["a", "b"])
        #expect(overlaps.apply(.added(try Self.route("10.1.3.128/25", 9)), to: Self.targets).map(\.networkID) == ["b"])
        #expect(overlaps.apply(.added(try Self.route("fd00::/16", 9)), to: Self.targets).map { "\($0.subnet)" } == ["fd00:1::/64"])
        #expect(overlaps.apply(.added(try Self.route("10.2.0.0/16", 9)), to: Self.targets).isEmpty)
        #expect(overlaps.known.count == 4)
    }

    /// Its own bridge's routes are the network's; another's aren't.
    @Test func ownRoutes() throws {
        var overlaps = RouteOverlaps()
        #expect(overlaps.apply(.added(try Self.route("10.1.2.0/24", 4)), to: Self.targets).isEmpty)
        #expect(overlaps.apply(.added(try Self.route("10.1.2.0/24", 5)), to: Self.targets).map(\.networkID) == ["a"])
    }

    @Test func whatIsKnownIsToldOnceUntilItGoes() throws {
        var overlaps = RouteOverlaps()
        let route = try Self.route("10.0.0.0/8", 9)
        #expect(overlaps.apply(.added(route), to: Self.targets).count == 2)
        #expect(overlaps.apply(.added(route), to: Self.targets).isEmpty)
        #expect(overlaps.replace(by: [route, try Self.route("0.0.0.0/1", 9)], targets: Self.targets).isEmpty)
        #expect(overlaps.apply(.removed(try Self.route("10.0.0.0/8", 8)), to: Self.targets).isEmpty)
        #expect(overlaps.apply(.added(route), to: Self.targets).isEmpty)
        _ = overlaps.apply(.removed(route), to: Self.targets)
        #expect(overlaps.apply(.added(route), to: Self.targets).count == 2)
        #expect(overlaps.apply(.interfaceLost(9), to: Self.targets).isEmpty && overlaps.known.isEmpty)
        #expect(overlaps.apply(.added(route), to: Self.targets).count == 2)
        overlaps.forget(network: "a")
        #expect(overlaps.known.map(\.networkID) == ["b"])
        #expect(overlaps.replace(by: [], targets: Self.targets).isEmpty && overlaps.known.isEmpty)
    }

    @Test func noticesWaitForSomebodyToHearThem() async throws {
        var board = NoticeBoard()
        func notice(_ number: Int) -> NetworkNotice {
            NetworkNotice(networkID: "\(number)", networkName: "n", driver: "bridge", subnet: "", route: "", interface: "")
        }
        for number in 0..<300 { board.tell(notice(number)) }
        let (id, stream) = board.listen()
        board.tell(notice(300))
        board.leave(id)
        board.tell(notice(301))
        var heard: [String] = []
        for await notice in stream { heard.append(notice.networkID) }
        #expect(heard == (45...300).map { "\($0)" })
        let (next, rest) = board.listen()
        board.leave(next)
        for await notice in rest { #expect(notice.networkID == "301") }
    }
}
