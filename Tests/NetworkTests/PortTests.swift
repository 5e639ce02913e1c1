// Host ports: candidates, conflicts, and the sockets that hold them.
import Contracts
import Glibc
import RPC
import ServiceKit
import Testing

@testable import NetworkServer

struct PortTests {
    @Test(
        arguments: [
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
        -> PortBinding
    {
        PortBinding(containerPort: 80, transport: transport, hostAddress: host, hostPortFirst: port, hostPortLast: last ?? port)
    }

    private func registry() -> PortRegistry {
        PortRegistry(ephemeral: EphemeralPorts(localRange: "42130 42260", reservedPorts: nil))
    }

    @Test func whoMayHaveAnyPortTakesNoneThatIsNamed() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let next = try #require(try registry.publish([binding()], to: [address], owner: "one").first).hostPort + 1
        let ports = try registry.publish([binding(), binding(next, next + 4), binding(next)], to: [address], owner: "two").map(\.hostPort)
        #expect(ports.first == next)
        #expect(Set(ports).count == 3)
    }

    /// Whoever publishes anew keeps what it asks for again, and the rest is free.
    @Test func whatIsSetAsideIsTakenAgain() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        func publish(_ bindings: [PortBinding], _ owner: String) throws -> [UInt16] {
            try registry.publish(bindings, to: [address], owner: owner).map(\.hostPort)
        }
        var (any, range, named) = (binding(), binding(22350, 22353), binding(22360))
        (any.containerPort, range.containerPort, named.containerPort) = (1, 2, 3)
        let ephemeral = try publish([any], "one")
        #expect(try publish([binding(22350)], "two") == [22350])
        #expect(try publish([range, named], "one") == [22360, 22351])
        registry.release(owner: "two")
        registry.setAside(owner: "one")
        #expect(try publish([any, range], "one") == [22351] + ephemeral)
        registry.forgetAside()
        #expect(try publish([binding(22350), binding(22360)], "two").count == 2)

        let former = registry
        registry.setAside(owner: "one")
        #expect(throws: RPCError.self) { _ = try publish([binding(22362), binding(22360)], "one") }
        registry = former
        #expect(registry.publications.count == 4)
        #expect(throws: RPCError.self) { _ = try publish([binding(22351)], "three") }
    }

    @Test func conflictsNameTheOwner() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let port = try #require(try registry.publish([binding()], to: [address], owner: "one").first).hostPort
        for host in ["127.0.0.1", "0.0.0.0", ""] {
            let error = try #require(throws: RPCError.self) {
                _ = try registry.publish([binding(port, port, host)], to: [address], owner: "two")
            }
            #expect(error.code == .conflict)
            #expect(error.message == "Bind for \(host.isEmpty ? "0.0.0.0" : host):\(port) failed: port is already allocated")
            #expect(error.details["container"] == "one")
        }
        _ = try registry.publish([binding(port, port, "127.0.0.1", .udp)], to: [address], owner: "two")
        registry.release(owner: "one")
        _ = try registry.publish([binding(port)], to: [address], owner: "three")
        #expect(registry.publications.count == 2)
    }

    @Test(arguments: [PortBinding.Transport.tcp, .udp])
    func otherProgramsConflictToo(transport: PortBinding.Transport) throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let host = try #require(IPAddress("127.0.0.3"))
        let port: UInt16 = 22300
        var other: PortReservation? = try PortReservation(transport, host, port)
        #expect(other != nil)
        let error = try #require(throws: RPCError.self) {
            _ = try registry.publish([binding(port, port, "127.0.0.3", transport)], to: [address], owner: "one")
        }
        #expect(error.message == "Bind for 127.0.0.3:\(port) failed: port is already allocated")
        #expect(error.details["container"] == nil)
        #expect(error.details["program"] == "unknown")
        let next = try registry.publish([binding(port, port + 5, "127.0.0.3", transport)], to: [address], owner: "one")
        #expect(next.first?.hostPort == port + 1)
        other = nil
        _ = try registry.publish([binding(port, port, "127.0.0.3", transport)], to: [address], owner: "two")
    }

    @Test func theProgramThatHasAPortIsNamed() async throws {
        let child = try HostServer(port: 22330)
        defer { child.stop() }
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let error = try #require(throws: RPCError.self) { _ = try registry.publish([binding(22330)], to: [address], owner: "one") }
        #expect(error.details["program"] == "sleep (process \(child.pid))")
    }

    @Test func tablesOfSockets() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 20 4 30 10 -1
               1: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
               2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
               3: 0100007F:1F90 0100007F:C351 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
               4: truncated
            """
        #expect(PortHolder.inodes(inTable: table, port: 8080) == ["222", "111"])
        #expect(PortHolder.inodes(inTable: "", port: 8080) == [])
    }

    @Test func allOrNone() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let free = binding(22310)
        #expect(throws: RPCError.self) { _ = try registry.publish([free, binding(22311), free], to: [address], owner: "one") }
        #expect(registry.publications.isEmpty)
        _ = try registry.publish([free], to: [address], owner: "one")
    }

    @Test(arguments: [
        (PortBinding(containerPort: 0, transport: .tcp), RPCError.Code.invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostPortFirst: 9, hostPortLast: 8), .invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostAddress: "nowhere"), .invalidParameter),
        (PortBinding(containerPort: 80, transport: .tcp, hostAddress: "::"), .invalidParameter),
    ])
    func refusedByName(binding: PortBinding, code: RPCError.Code) throws {
        let targets = [try #require(IPAddress("10.213.0.2"))]
        let error = try #require(throws: RPCError.self) {
            _ = try PortRegistry(ephemeral: .fallback).hostAddresses(of: binding, targets: targets)
        }
        #expect(error.code == code)
    }

    @Test func bothFamiliesGetTheSamePort() throws {
        var registry = registry()
        let targets = [try #require(IPAddress("10.213.0.2")), try #require(IPAddress("fd00:9::2"))]
        let published = try registry.publish([binding(22340, 22340, "")], to: targets, owner: "one")
        #expect(
            published.map { "\($0.hostAddress) \($0.hostPort) \($0.containerAddress)" }
                == ["0.0.0.0 22340 10.213.0.2", ":: 22340 fd00:9::2"])
        let error = try #require(throws: RPCError.self) {
            _ = try registry.publish([binding(22340, 22340, "::1")], to: targets, owner: "two")
        }
        #expect(error.message == "Bind for [::1]:22340 failed: port is already allocated")
        let moved = registry.retarget(owner: "one", to: [try #require(IPAddress("10.214.0.9"))])
        #expect(moved.map { "\($0.hostAddress) \($0.containerAddress)" } == ["0.0.0.0 10.214.0.9"])
    }

    /// A host with a proxy offers its IPv6 ports too, where the transport allows.
    @Test func proxiedPorts() throws {
        var registry = PortRegistry(ephemeral: .fallback, proxies: true)
        let target = try #require(IPAddress("10.213.0.2"))
        let everywhere = try registry.publish([binding(22360, 22360, "")], to: [target], owner: "one")
        #expect(everywhere.map { "\($0.hostAddress) \($0.containerAddress)" } == ["0.0.0.0 10.213.0.2", ":: 10.213.0.2"])
        let loopback = try registry.publish([binding(22361, 22361, "::1")], to: [target], owner: "one")
        #expect(everywhere.map { $0.proxied?.isLoopbackOnly } == [nil, false])
        #expect(loopback.map { $0.proxied?.target } == [target])
        #expect(loopback.compactMap(\.proxied).map(\.key.keptName) == ["port-tcp-1-22361"])
        #expect(try registry.publish([binding(22362, 22362, "", .sctp)], to: [target], owner: "one").count == 1)
        let six = try registry.publish([binding(22363, 22363, "")], to: [try #require(IPAddress("fd00:9::2"))], owner: "one")
        #expect(six.map { $0.proxied?.isLoopbackOnly } == [true])
        #expect(try #require(everywhere.first { $0.proxied != nil }.flatMap(\.proxied)).targetPort == 80)
    }

    @Test func portsOfSCTP() throws {
        var registry = registry()
        let target = try #require(IPAddress("10.213.0.2"))
        let sctp = binding(22350, 22350, "127.0.0.1", .sctp)
        #expect(try registry.publish([sctp], to: [target], owner: "one").map(\.transport) == [.sctp])
        #expect(throws: RPCError.self) { _ = try registry.publish([sctp], to: [target], owner: "two") }
        _ = try registry.publish([binding(22350)], to: [target], owner: "two")
    }

    @Test func anAddressThatIsNotTheHosts() throws {
        var registry = registry()
        let address = try #require(IPAddress("10.213.0.2"))
        let error = try #require(throws: RPCError.self) {
            _ = try registry.publish([binding(22320, 22320, "203.0.113.7")], to: [address], owner: "one")
        }
        #expect(error.code == .invalidParameter)
        #expect(error.message == "failed to bind host port 203.0.113.7:22320/tcp: Cannot assign requested address")
    }
}

/// A program of the host that has a TCP port of 127.0.0.1: `sleep`, which inherits the socket.
private final class HostServer {
    let pid: Int32

    init(port: UInt16) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        guard let address = IPAddress("127.0.0.1") else { throw KernelError(operation: "address", code: EINVAL) }
        var name = SocketName(address, port)
        guard name.withPointer({ bind(socket, $0, $1) }) == 0, listen(socket, 1) == 0 else {
            throw KernelError(operation: "listen", code: errno)
        }
        pid = try ChildProcess(path: "/bin/sleep", arguments: ["600"], descriptors: [3: socket]).spawn()
    }

    func stop() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
}
