// Names of containers on user-defined networks, from their networks' making to their containers' end.
import Contracts
import Glibc
import TestSupport
import Testing

@testable import NetworkServer

@Suite(.enabled(if: Testbed.isPossible, "needs root"))
struct NetworkNamesTests {
    private func request(_ id: String, on network: String, aliases: [String] = []) -> CreateSandbox.Request {
        CreateSandbox.Request(
            containerID: id, containerName: "name-of-\(id)", mode: .own,
            endpoints: [EndpointRequest(network: network, aliases: aliases)], hostname: id)
    }

    private func addresses(_ path: String, _ name: String) async throws -> [String]? {
        try await Lookup.ask(in: path, name).map(DNSSamples.addresses)
    }

    @Test func neighboursFindEachOther() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            _ = try await service.createNetwork(.init(name: "backend"))
            let web = try await service.createSandbox(request("web", on: "backend", aliases: ["www"]))
            let db = try await service.createSandbox(request("db", on: "backend"))
            let address = try #require(web.endpoints.first?.ipv4Address)
            for name in ["name-of-web", "WWW", "web", "www.backend"] {
                #expect(try await addresses(db.namespacePath, name) == [address])
            }
            #expect(try TextFile.read(db.resolvConfPath, limit: 4096)?.contains("nameserver 127.0.0.11\n") == true)
            _ = try await service.renameSandbox(.init(containerID: "web", containerName: "front"))
            #expect(try await addresses(db.namespacePath, "front") == [address])
            #expect(try await Lookup.ask(in: db.namespacePath, "name-of-web.backend")?.answers.isEmpty == true)
            try await service.removeSandbox(.init(containerID: "web", keepsFiles: false))
            #expect(try await Lookup.ask(in: db.namespacePath, "front.backend")?.answers.isEmpty == true)
            try await service.purge()
        }
    }

    @Test func connectAndDisconnectAreFollowed() async throws {
        try await Testbed.with { bed in
            let service = try await bed.service()
            _ = try await service.createNetwork(.init(name: "backend"))
            let web = try await service.createSandbox(.bridged("web"))
            let db = try await service.createSandbox(request("db", on: "backend"))
            #expect(try TextFile.read(web.resolvConfPath, limit: 4096)?.contains("127.0.0.11") == false)
            let endpoint = EndpointRequest(network: "backend", aliases: ["www"])
            _ = try await service.connectEndpoint(.init(containerID: "web", endpoint: endpoint, ports: []))
            #expect(try TextFile.read(web.resolvConfPath, limit: 4096)?.contains("127.0.0.11") == true)
            #expect(try await addresses(web.namespacePath, "db") == db.endpoints.map(\.ipv4Address))
            #expect(try await addresses(db.namespacePath, "www")?.count == 1)
            _ = try await service.disconnectEndpoint(.init(containerID: "web", network: "backend"))
            #expect(try await Lookup.ask(in: db.namespacePath, "www.backend")?.answers.isEmpty == true)
            try await service.purge()
        }
    }

    @Test func aRestartKeepsNames() async throws {
        try await Testbed.with { bed in
            var service: NetworkService? = try await bed.service()
            _ = try await service?.createNetwork(.init(name: "backend"))
            let web = try #require(try await service?.createSandbox(request("web", on: "backend")))
            service = nil
            let next = try await bed.service()
            #expect(try await addresses(web.namespacePath, "web") == web.endpoints.map(\.ipv4Address))
            try await next.purge()
        }
    }
}
