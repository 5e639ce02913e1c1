// Which names are the engine's, and what it says about them.
import Testing

@testable import NetworkServer

struct ResolverVerdictTests {
    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private static func directory() throws -> NameDirectory {
        var directory = NameDirectory()
        directory.join(
            network: "n1", named: "backend",
            NetworkMember(
                containerID: "c1", names: ["db", "Postgres", "0123456789ab"], addresses: [try address("10.1.0.2"), try address("fd00::2")]))
        directory.join(
            network: "n1", named: "backend",
            NetworkMember(
                containerID: "c2", names: ["web", "any"], addresses: [try address("10.1.0.3")]))
        directory.join(
            network: "n1", named: "backend",
            NetworkMember(
                containerID: "c3", names: ["web2", "any"], addresses: [try address("10.1.0.4")]))
        directory.join(
            network: "n2", named: "my.front",
            NetworkMember(
                containerID: "c4", names: ["db", "a.b"], addresses: [try address("10.2.0.2")]))
        return directory
    }

    private static let client = ResolverClient(
        id: "c2",
        memberships: [
            .init(
                networkID: "n1",
                links: [
                    "cache": .init(containerID: "c1"), "shop": .init(name: "web", containerID: "c9"),
                    "kept": .init(name: "gone", containerID: "c1"),
                    "early": .init(name: "later"),
                ]), .init(networkID: "n2"),
        ])

    private func verdict(_ name: String, _ type: DNSType = .a, _ client: ResolverClient = client) throws -> ResolverVerdict {
        ResolverVerdict(try DNSSamples.query(name, type), from: client, try Self.directory()) { $0.sorted() }
    }

    @Test(arguments: [
        ("db", ["10.1.0.2"]), ("DB.", ["10.1.0.2"]), ("postgres", ["10.1.0.2"]), ("0123456789ab", ["10.1.0.2"]),
        ("db.backend", ["10.1.0.2"]), ("db.my.front", ["10.2.0.2"]), ("a.b", ["10.2.0.2"]), ("a.b.my.front", ["10.2.0.2"]),
        ("any", ["10.1.0.3", "10.1.0.4"]), ("any.Backend", ["10.1.0.3", "10.1.0.4"]), ("cache", ["10.1.0.2"]),
        ("cache.backend", ["10.1.0.2"]), ("shop", ["10.1.0.3"]), ("kept", ["10.1.0.2"]),
    ])
    func names(name: String, addresses: [String]) throws {
        #expect(try verdict(name) == .answer(.noError, addresses.map { .address(try Self.address($0)) }))
    }

    @Test(arguments: ["example.org", "db.elsewhere", "db.front", "a", "cache.my.front", "backend", "", "a\\.b", "early"])
    func otherNamesArePassedOn(name: String) throws {
        #expect(try verdict(name) == .forward)
        #expect(try verdict(name, .aaaa) == .forward)
        #expect(try verdict(name, .mx) == .forward)
    }

    @Test func aNameWithoutAnAddressOfTheKindHasNoRecords() throws {
        #expect(try verdict("db", .aaaa) == .answer(.noError, [.address(try Self.address("fd00::2"))]))
        #expect(try verdict("web", .aaaa) == .answer(.noError, []))
        #expect(try verdict("web", .mx) == .answer(.noError, []))
    }

    @Test(arguments: [DNSType.txt, .any, .soa, DNSType(rawValue: 33), DNSType(rawValue: 65)])
    func otherTypesArePassedOn(type: DNSType) throws {
        #expect(try verdict("db", type) == .forward)
    }

    @Test func reverseLookups() throws {
        for (address, name) in [("10.1.0.2", "db.backend"), ("fd00::2", "db.backend"), ("10.2.0.2", "db.my.front")] {
            let reverse = try #require(ReverseName.name(of: Self.address(address)))
            #expect(try verdict(reverse.text, .ptr) == .answer(.noError, [.pointer(try #require(DNSName(name)))]))
            #expect(ReverseName.address(reverse) == IPAddress(address))
        }
        #expect(try verdict("9.0.1.10.in-addr.arpa", .ptr) == .forward)
        #expect(try verdict("1.10.in-addr.arpa", .ptr) == .forward)
        #expect(try verdict("02.0.1.10.in-addr.arpa", .ptr) == .forward)
    }

    @Test func networksOfOthersAreNotSearched() throws {
        let other = ResolverClient(id: "c9", memberships: [.init(networkID: "n2")])
        #expect(try verdict("web", .a, other) == .forward)
        #expect(try verdict("web.backend", .a, other) == .forward)
        #expect(try verdict("db", .a, other) == .answer(.noError, [.address(try Self.address("10.2.0.2"))]))
        #expect(try verdict(try #require(ReverseName.name(of: Self.address("10.1.0.2"))).text, .ptr, other) == .forward)
    }

    @Test func shortNamesStayWhereNdotsIsSet() throws {
        var client = Self.client
        client.keepsShortNames = true
        #expect(try verdict("printer", .a, client) == .answer(.noError, []))
        #expect(try verdict("printer", .txt, client) == .forward)
        #expect(try verdict("printer.corp", .a, client) == .forward)
        #expect(try verdict("db", .a, client) == .answer(.noError, [.address(try Self.address("10.1.0.2"))]))
    }

    @Test func whatIsNoQueryIsRefused() throws {
        let update = try DNSSamples.query("db", flags: 5 << 11)
        #expect(ResolverVerdict(update, from: Self.client, try Self.directory()) == .answer(.notImplemented, []))
        let empty = try DNSMessage(parsing: [UInt8](repeating: 0, count: 12))
        #expect(ResolverVerdict(empty, from: Self.client, try Self.directory()) == .answer(.formatError, []))
    }

    @Test func membersComeAndGo() throws {
        var directory = try Self.directory()
        directory.join(
            network: "n1", named: "backend",
            NetworkMember(
                containerID: "c1", names: ["db2"], addresses: [try Self.address("10.1.0.9")]))
        #expect(directory.addresses(of: "db", inNetwork: "n1") == nil)
        #expect(directory.addresses(of: "db2", inNetwork: "n1") == [try Self.address("10.1.0.9")])
        #expect(directory.pointer(to: try Self.address("10.1.0.2"), inNetwork: "n1") == nil)
        for container in ["c1", "c2", "c3"] { directory.leave(network: "n1", container: container) }
        #expect(directory.name(ofNetwork: "n1") == nil)
        #expect(directory.addresses(of: "any", inNetwork: "n1") == nil)
    }

    @Test func answersAreShuffled() throws {
        let query = try DNSSamples.query("any")
        let directory = try Self.directory()
        let firsts = Set(
            (0..<200).map { _ in
                if case .answer(_, let answers) = ResolverVerdict(query, from: Self.client, directory) {
                    "\(answers.first as Any)"
                } else {
                    ""
                }
            })
        #expect(firsts.count == 2)
    }
}
