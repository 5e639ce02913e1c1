// A container with the resolver in it, a host, and name servers on its LAN.
import Contracts
import ServiceKit
import TestSupport

@testable import NetworkServer

/// A testbed with one container, and a resolver apart from the network service.
struct ResolverBed {
    let bed: Testbed
    let network: NetworkService
    let container: String
    let hostFile: String
    private(set) var server: ResolverServer

    static let id = "c1"
    var namespace: String { container.split(separator: "/").last.map(String.init) ?? "" }

    static func with(host: String = "", _ body: (inout ResolverBed) async throws -> Void) async throws {
        try await Testbed.with { bed in
            var resolver = try await ResolverBed(bed, host: host)
            try await body(&resolver)
        }
    }

    private init(_ bed: Testbed, host: String) async throws {
        self.bed = bed
        hostFile = "\(bed.directory)/resolv.conf"
        try TextFile.write(host, to: hostFile)
        network = try await bed.service(warmPool: 0)
        container = try await network.createSandbox(.bridged(Self.id)).namespacePath
        server = try Self.server(bed, hostFile, DescriptorStore())
    }

    private static func server(_ bed: Testbed, _ hostFile: String, _ store: DescriptorStore) throws -> ResolverServer {
        try ResolverServer(
            home: HomeNamespace(path: bed.hostPath), store: store, hostFile: HostResolverFile(host: hostFile, resolved: "/nowhere"),
            logger: Testbed.logger)
    }

    /// Another server in place of the first, with what a supervisor would have kept.
    mutating func restart(with store: DescriptorStore) throws {
        server = try Self.server(bed, hostFile, store)
    }

    func serve(_ servers: [String] = [], isConfined: Bool = false) async throws {
        let client = ResolverClient(
            id: Self.id, memberships: [.init(networkID: "n1", links: ["cache": .init(containerID: "c2")])],
            servers: servers.compactMap { IPAddress($0) },
            isConfined: isConfined)
        for (id, address) in [("c2", "10.9.0.2"), ("c3", "10.9.0.3")] {
            let member = NetworkMember(containerID: id, names: ["db-\(id)", "db"], addresses: [IPAddress(address)].compactMap { $0 })
            await server.join(network: "n1", named: "backend", member)
        }
        try await server.serve(client, namespace: namespace, path: container)
    }

    func ask(
        _ name: String, _ type: DNSType = .a, byStream: Bool = false, payload: UInt16? = nil, milliseconds: Int = 8000
    ) async throws -> DNSMessage? {
        try await Lookup.ask(in: container, name, type, byStream: byStream, payload: payload, milliseconds: milliseconds)
    }
}
