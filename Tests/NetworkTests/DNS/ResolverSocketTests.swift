// The resolver's sockets in a container's namespace: whose port 53 is, restarts, and the end.
import CLinux
import Contracts
import Glibc
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct ResolverSocketTests {
    /// A container with a name server of its own can have port 53 on every address, and doesn't get the resolver's queries.
    @Test func port53IsTheContainersAndTheResolversToo() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let everywhere = try FakeNameServer(in: bed.container, "0.0.0.0", .answer(7))
            #expect(try await bed.ask("db")?.answers.count == 2)
            #expect(try await bed.ask("db", byStream: true)?.answers.count == 2)
            #expect(everywhere.names == [])
        }
    }

    @Test func theAddressCantBeTakenOver() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let takeover = try FakeNameServer(in: bed.container, "127.0.0.11", .answer(7))
            #expect(try await bed.ask("db")?.answers.count == 2)
            #expect(try await bed.ask("db", byStream: true)?.answers.count == 2)
            #expect(takeover.names == [])
        }
    }

    @Test func aTakenPortIsNoHindrance() async throws {
        try await ResolverBed.with { bed in
            let sockets = NamespaceSockets(home: try HomeNamespace())
            let squatter = try sockets.open(in: bed.container, family: AF_INET, SOCK_DGRAM)
            try squatter.bind(.anyIPv4, ResolverSockets.preferredPort)
            try await bed.serve()
            #expect(try await bed.ask("db")?.answers.count == 2)
            #expect(try await bed.ask("db", byStream: true)?.answers.count == 2)
        }
    }

    /// What is asked while no process serves is answered by the next one.
    @Test func queriesOutliveARestart() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            #expect(try await bed.ask("db") != nil)
            let own = try #require(await bed.server.served[ResolverBed.id]).sockets
            let kept = [dup(own.datagrams.raw), dup(own.streams.raw)]
            await bed.server.dismiss(ResolverBed.id)
            let datagram = try Lookup.send(DNSSamples.query("db", id: 1).bytes, in: bed.container)
            let stream = try Lookup.send(DNSSamples.query("db", id: 2).bytes, in: bed.container, byStream: true)
            try bed.restart(with: DescriptorStore(restored: [bed.namespace: kept, "stranger": [dup(kept[0])]]))
            try await bed.serve()
            await bed.server.forgetStrangers()
            let answer = try #require(try await Blocking.run { try Lookup.receive(datagram) })
            #expect(answer.header.id == 1 && answer.answers.count == 2)
            #expect(try await Blocking.run { try Lookup.receive(stream, byStream: true) }?.answers.count == 2)
            let desk = try #require(await bed.server.served[ResolverBed.id])
            #expect(desk.sockets.datagrams.raw >= NamespaceSockets.lowestNumber)
        }
    }

    /// Without what a supervisor kept, sockets are made anew.
    @Test func aRestartWithNothingKept() async throws {
        try await ResolverBed.with { bed in
            for _ in 0..<2 {
                try await bed.serve()
                #expect(try await bed.ask("db")?.answers.count == 2)
                await bed.server.dismiss(ResolverBed.id)
                #expect(try await bed.ask("db", milliseconds: 200) == nil)
                try bed.restart(with: DescriptorStore())
            }
        }
    }

    @Test func theRulesAreSuchAsNftWouldMake() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let rules = try await Tool.run(["nsenter", "--net=\(bed.container)", "nft", "list", "table", "ip", ResolverRedirect.table])
            #expect(
                rules.contains("type nat hook output priority -100; policy accept;")
                    || rules.contains("type nat hook output priority dstnat; policy accept;"))
            #expect(
                rules.contains("ip daddr 127.0.0.11 meta l4proto udp th dport 53 dnat to 127.0.0.11:61153")
                    || rules.contains("ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:61153"))
            #expect(rules.contains("tcp"))
        }
    }

    @Test func connectionsAreBoundedAndIdleOnesDoNotHoldOthersUp() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let query = try DNSSamples.query("db").bytes
            let crowd = (0..<200).map { _ in try? Lookup.send(Array(query.dropLast()), in: bed.container, byStream: true) }
            #expect(try await bed.ask("db")?.answers.count == 2)
            let server = bed.server
            try await eventually("a bound") { (1...64).contains(await server.connections) ? true : nil }
            withExtendedLifetime(crowd) {}
        }
    }
}
