// Host ports: candidates, conflicts, and the sockets that hold them.
import Contracts
import RPC
import Testing

@testable import NetworkServer

struct PortTests {
    @Test(arguments: [
        ("32768\t60999", "", 32768...60999, []), ("32768 60999\n", "8080,9148-9150", 32768...60999, [8080, 9148, 9149, 9150]),
        (nil, nil, 49153...65535, []), ("9 1", "x,5-2,", 49153...65535, []), ("0 0", "", 49153...65535, []),
    ] as [(String?, String?, ClosedRange<UInt16>, Set<UInt16>)])
    func rangesOfTheHost(local: String?, reserved: String?, range: ClosedRange<UInt16>, ports: Set<UInt16>) {
        let ephemeral = EphemeralPorts(localRange: local, reservedPorts: reserved)
        #expect(ephemeral.range == range)
        #expect(ephemeral.reserved == ports)
    }

    @Test func ephemeralCandidatesGoRoundAndSkipReserved() throws {
        var candidates = PortCandidates(ephemeral: EphemeralPorts(localRange: "100 104", reservedPorts: "102"))
        let taken = try (0..<5).compactMap { _ in try candidates.take(first: 0, last: 0) { _ throws in true } }
        #expect(taken == [100, 101, 103, 104, 100])
        #expect(try candidates.take(first: 0, last: 0) { _ throws in false } == nil)
    }

    @Test func rangesAreTriedFromTheLowest() throws {
        var candidates = PortCandidates(ephemeral: .fallback)
        #expect(try candidates.take(first: 8000, last: 8005) { port throws in port > 8002 } == 8003)
        #expect(try candidates.take(first: 8000, last: 8000) { _ throws in false } == nil)
        #expect(try candidates.take(first: 65535, last: 65535) { _ throws in true } == 65535)
    }

    private func binding(_ port: UInt16 = 0, _ last: UInt16? = nil, _ host: String = "127.0.0.1", _ transport: PortBinding.Transport = .tcp)
        -> PortBinding {
        PortBinding(containerPort: 80, transport: transport, hostAddress: host, hostPortFirst: port, hostPortLast: last ?? port)
    }

    private func registry() -> PortRegistry {
        PortRegistry(ephemeral: EphemeralPorts(localRange: "42130 42260", reservedPorts: nil))
    }

    @Test func conflictsNameTheOwner() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let port = try #require(try registry.publish([binding()], to: address, owner: "one").first).hostPort
        for host in ["127.0.0.1", "0.0.0.0", ""] {
            let error = try #require(throws: RPCError.self) {
                _ = try registry.publish([binding(port, port, host)], to: address, owner: "two")
            }
            #expect(error.code == .conflict)
            #expect(error.message == "Bind for \(host.isEmpty ? "0.0.0.0" : host):\(port) failed: port is already allocated")
            #expect(error.details["container"] == "one")
        }
        _ = try registry.publish([binding(port, port, "127.0.0.1", .udp)], to: address, owner: "two")
        registry.release(owner: "one")
        _ = try registry.publish([binding(port)], to: address, owner: "three")
        #expect(registry.publications.count == 2)
    }

    @Test(arguments: [PortBinding.Transport.tcp, .udp])
    func otherProgramsConflictToo(transport: PortBinding.Transport) throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let host = try #require(IPAddress("127.0.0.3"))
        let port: UInt16 = 42300
        var other: PortReservation? = try PortReservation(transport, host, port)
        #expect(other != nil)
        let error = try #require(throws: RPCError.self) {
            _ = try registry.publish([binding(port, port, "127.0.0.3", transport)], to: address, owner: "one")
        }
        #expect(error.message == "Bind for 127.0.0.3:\(port) failed: port is already allocated")
        #expect(error.details["container"] == nil)
        let next = try registry.publish([binding(port, port + 5, "127.0.0.3", transport)], to: address, owner: "one")
        #expect(next.first?.hostPort == port + 1)
        other = nil
        _ = try registry.publish([binding(port, port, "127.0.0.3", transport)], to: address, owner: "two")
    }

    @Test func allOrNone() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let free = binding(42310)
        #expect(throws: RPCError.self) { _ = try registry.publish([free, binding(42311), free], to: address, owner: "one") }
        #expect(registry.publications.isEmpty)
        _ = try registry.publish([free], to: address, owner: "one")
    }

    @Test(arguments: [
        (PortBinding(containerPort: 80, transport: .sctp), RPCError.Code.notImplemented),
        (PortBinding(containerPort: 0, transport: .tcp), .invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 9, hostPortLast: 8), .invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostAddress: "nowhere"), .invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostAddress: "::"), .notImplemented),
    ])
    func refusedByName(binding: PortBinding, code: RPCError.Code) throws {
        #expect(try #require(throws: RPCError.self) { _ = try PortRegistry.hostAddress(of: binding) }.code == code)
    }

    @Test func anAddressThatIsNotTheHosts() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let error = try #require(throws: RPCError.self) {
            _ = try registry.publish([binding(42320, 42320, "203.0.113.7")], to: address, owner: "one")
        }
        #expect(error.code == .invalidParameter)
        #expect(error.message == "failed to bind host port 203.0.113.7:42320/tcp: Cannot assign requested address")
    }
}
