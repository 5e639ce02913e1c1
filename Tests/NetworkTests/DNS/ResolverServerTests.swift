// The resolver with real sockets in real namespaces: names of the engine, and names that are passed on.
import CLinux
import Contracts
import Glibc
import ServiceKit
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct ResolverServerTests {
    @Test(arguments: [false, true])
    func localNames(byStream: Bool) async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let both = try #require(try await bed.ask("DB", byStream: byStream))
            #expect(both.header.code == .noError && both.header.flags & DNSHeader.Flag.recursionAvailable != 0)
            #expect(DNSSamples.addresses(both).sorted() == ["10.9.0.2", "10.9.0.3"])
            #expect(both.answers.allSatisfy { $0.ttl <= 5 })
            #expect(try await bed.ask("db-c3.backend", byStream: byStream).map(DNSSamples.addresses) == ["10.9.0.3"])
            #expect(try await bed.ask("cache", byStream: byStream).map(DNSSamples.addresses) == ["10.9.0.2"])
            #expect(try await bed.ask("db", .aaaa, byStream: byStream)?.answers.isEmpty == true)
            let reverse = try #require(try await bed.ask("3.0.9.10.in-addr.arpa", .ptr, byStream: byStream))
            var reader = DNSReader(reverse.bytes, at: try #require(reverse.answers.first).data.lowerBound)
            #expect(try reader.name().text == "db-c3.backend")
            await bed.server.leave(network: "n1", container: "c2")
            #expect(try await bed.ask("db", byStream: byStream).map(DNSSamples.addresses) == ["10.9.0.3"])
        }
    }

    @Test func othersArePassedOnFromTheContainer() async throws {
        try await ResolverBed.with { bed in
            let neighbour = try await bed.bed.neighbour()
            let upstream = try FakeNameServer(in: neighbour.path, "198.51.100.2", .answer(2))
            try await bed.serve(["198.51.100.2"])
            let answer = try #require(try await bed.ask("Web.Example", payload: 1232))
            #expect(DNSSamples.addresses(answer) == ["192.0.2.0", "192.0.2.1"])
            #expect(answer.questions.first?.name.text == "Web.Example")
            #expect(try await bed.ask("web.example", byStream: true)?.answers.count == 2)
            #expect(try await bed.ask("web.example", DNSType(rawValue: 65))?.header.code == .noError)
            #expect(Set(upstream.names) == ["Web.Example", "web.example"])
            // Within its time, an answer is given again.
            _ = try await bed.ask("again.example")
            let before = upstream.names.count
            #expect(try await bed.ask("AGAIN.example")?.answers.count == 2)
            #expect(upstream.names.count == before)
        }
    }

    @Test func theHostsLoopbackIsReachedFromTheHost() async throws {
        try await ResolverBed.with(host: "nameserver 127.0.0.53\n") { bed in
            let upstream = try FakeNameServer(in: bed.bed.hostPath, "127.0.0.53", .answer(1))
            try await bed.serve()
            #expect(try await bed.ask("web.example").map(DNSSamples.addresses) == ["192.0.2.0"])
            try await bed.serve(isConfined: true)
            #expect(try await bed.ask("web.example")?.header.code == .serverFailure)
            #expect(Set(upstream.names) == ["web.example"])
        }
    }

    @Test func changesOfTheHostsFileAreFollowed() async throws {
        try await ResolverBed.with(host: "nameserver 127.0.0.53\n") { bed in
            let old = try FakeNameServer(in: bed.bed.hostPath, "127.0.0.53", .answer(1))
            let new = try FakeNameServer(in: bed.bed.hostPath, "127.0.0.54", .answer(2))
            try await bed.serve()
            #expect(try await bed.ask("web.example")?.answers.count == 1)
            try TextFile.write("nameserver 127.0.0.54\n", to: bed.hostFile)
            try await eventually("an answer of the new server") { try await bed.ask("web.example")?.answers.count == 2 ? true : nil }
            #expect(Set(new.names) == ["web.example"])
            withExtendedLifetime(old) {}
        }
    }

    @Test func aDeadServerCostsLittleAndOnce() async throws {
        try await ResolverBed.with { bed in
            let (first, second) = (try await bed.bed.neighbour(2), try await bed.bed.secondNeighbour(3))
            let dead = try FakeNameServer(in: first.path, "198.51.100.2", .silent)
            let alive = try FakeNameServer(in: second.path, "203.0.113.3", .answer(1))
            try await bed.serve(["198.51.100.2", "203.0.113.3"])
            #expect(try await bed.ask("a.example")?.answers.count == 1)
            #expect(Set(dead.names) == ["a.example"] && Set(alive.names) == ["a.example"])
            for number in 0..<20 { #expect(try await bed.ask("h\(number).example")?.answers.count == 1) }
            #expect(Set(dead.names).count < 10)
        }
    }

    /// A company's own server is slow, and the public one behind it knows none of its names.
    @Test func aSlowServersNamesAreFound() async throws {
        try await ResolverBed.with { bed in
            let (first, second) = (try await bed.bed.neighbour(2), try await bed.bed.secondNeighbour(3))
            let slow = try FakeNameServer(in: first.path, "198.51.100.2", .late(500))
            let other = try FakeNameServer(in: second.path, "203.0.113.3", .code(.noSuchName))
            try await bed.serve(["198.51.100.2", "203.0.113.3"])
            #expect(try await bed.ask("a.corp")?.answers.count == 1)
            #expect(Set(other.names) == ["a.corp"])
            withExtendedLifetime(slow) {}
        }
    }

    @Test func whatADeadServerCouldKnowIsWaitedForOnce() async throws {
        try await ResolverBed.with { bed in
            let (first, second) = (try await bed.bed.neighbour(2), try await bed.bed.secondNeighbour(3))
            let dead = try FakeNameServer(in: first.path, "198.51.100.2", .silent)
            let alive = try FakeNameServer(in: second.path, "203.0.113.3", .code(.noSuchName))
            try await bed.serve(["198.51.100.2", "203.0.113.3"])
            let clock = ContinuousClock()
            let once = try await clock.measure { () async throws in #expect(try await bed.ask("a.corp")?.header.code == .noSuchName) }
            #expect(once > .milliseconds(1900))
            let more = try await clock.measure { () async throws in
                for number in 0..<10 { #expect(try await bed.ask("b\(number).corp")?.header.code == .noSuchName) }
            }
            #expect(more < .milliseconds(1900))
            withExtendedLifetime((dead, alive)) {}
        }
    }

    @Test func refusalsAndRejectionsLeadToTheNext() async throws {
        try await ResolverBed.with { bed in
            let (first, second) = (try await bed.bed.neighbour(2), try await bed.bed.secondNeighbour(3))
            let refusing = try FakeNameServer(in: first.path, "198.51.100.2", .code(.refused))
            // At .1, the host itself, nobody listens.
            try await bed.serve(["198.51.100.1", "198.51.100.2", "203.0.113.3"])
            #expect(try await bed.ask("a.example")?.header.code == .refused)
            let alive = try FakeNameServer(in: second.path, "203.0.113.3", .answer(1))
            #expect(try await bed.ask("b.example")?.answers.count == 1)
            #expect(refusing.names.contains("b.example"))
            withExtendedLifetime(alive) {}
        }
    }

    @Test func cutAnswersAreFetchedWhole() async throws {
        try await ResolverBed.with { bed in
            let neighbour = try await bed.bed.neighbour()
            let upstream = try FakeNameServer(in: neighbour.path, "198.51.100.2", .cut(100))
            try await bed.serve(["198.51.100.2"])
            let cut = try #require(try await bed.ask("big.example"))
            #expect(cut.header.isTruncated && cut.answers.isEmpty)
            #expect(try await bed.ask("big.example", byStream: true)?.answers.count == 100)
            #expect(try await bed.ask("big.example", payload: 4096)?.answers.count == 100)
            #expect(upstream.names.count >= 4)
        }
    }

    @Test func forgedAnswersAreNotBelieved() async throws {
        try await ResolverBed.with { bed in
            let neighbour = try await bed.bed.neighbour()
            let upstream = try FakeNameServer(in: neighbour.path, "198.51.100.2", .forge)
            try await bed.serve(["198.51.100.2"])
            #expect(try await bed.ask("bank.example").map(DNSSamples.addresses) == ["192.0.2.0"])
            withExtendedLifetime(upstream) {}
        }
    }

    @Test func thereIsABoundToWhatIsUnderWay() async throws {
        try await ResolverBed.with { bed in
            let neighbour = try await bed.bed.neighbour()
            let upstream = try FakeNameServer(in: neighbour.path, "198.51.100.2", .silent)
            try await bed.serve(["198.51.100.2"])
            let path = bed.container
            let socket = try Lookup.send(DNSSamples.query("h.example").bytes, in: path)
            var number = 0
            let refusal = try await eventually("a refusal") {
                for _ in 0..<200 {
                    number += 1
                    let bytes = try DNSSamples.query("h\(number).example").bytes
                    _ = send(socket.raw, bytes, bytes.count, 0)
                }
                // What was asked first may have been given up by now.
                var answer = try Lookup.receive(socket, milliseconds: 50)
                while let other = answer, other.header.code != .refused { answer = try Lookup.receive(socket, milliseconds: 1) }
                return answer
            }
            #expect(refusal.header.code == .refused)
            #expect(try await bed.ask("db").map { DNSSamples.addresses($0).count } == 2)
            withExtendedLifetime(upstream) {}
        }
    }

    @Test func rubbishIsAnsweredByAnErrorOrNotAtAll() async throws {
        try await ResolverBed.with { bed in
            try await bed.serve()
            let query = try DNSSamples.query("db").bytes
            for bytes in [[1], [UInt8](repeating: 0xff, count: 300), Array(query.dropLast(3)), query + [0xc0]] {
                _ = try Lookup.send(bytes, in: bed.container)
                _ = try Lookup.send(bytes, in: bed.container, byStream: true)
            }
            let broken = try Lookup.send(Array(query.dropLast(3)), in: bed.container)
            #expect(try Lookup.receive(broken)?.header.code == .formatError)
            #expect(try await bed.ask("db")?.answers.count == 2)
        }
    }
}
