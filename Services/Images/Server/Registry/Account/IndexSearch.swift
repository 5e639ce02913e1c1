// Looks for repositories in an index (Docker's first registry protocol, "search").
import AsyncHTTPClient
import Contracts
import FoundationEssentials
import Models
import NIOCore
import NIOHTTP1
import RPC

struct IndexSearch: Sendable {
    let access: RegistryAccess
    let request: SearchImages.Request

    private static let limits = 1...100, standardIndex = "index.docker.io", documentLimit = 4 << 20

    private struct Document: Decodable {
        struct Entry: Decodable {
            var name: String?
            var description: String?
            var star_count: Int?
            var is_official: Bool?
            var is_automated: Bool?
        }
        var results: [Entry]?
    }

    /// Throws `RPCError`, `RegistryFailure`.
    func run() async throws -> SearchImages.Response {
        guard Self.limits.contains(request.limit) else {
            throw RPCError(.invalidParameter, "Limit \(request.limit) is outside the range of [1, 100]")
        }
        let (authority, term) = try Self.parts(request.term)
        let query = FormText.encode([("q", term), ("n", "\(request.limit)")])
        var failure: RegistryFailure?
        for endpoint in access.health.ordered(access.choice.own(for: authority)) {
            do {
                let answer = try await ask(endpoint, query)
                access.health.answered(endpoint)
                return answer
            } catch let error as RegistryFailure {
                guard case .transport = error else { throw error }
                access.health.failed(endpoint)
                failure = error
            }
        }
        throw failure ?? RegistryFailure.content("there is no index \(authority)")
    }

    /// The first part of a term is an index when it looks like a host.
    static func parts(_ term: String) throws(RPCError) -> (authority: String, term: String) {
        guard !term.contains("://") else {
            throw RPCError(.invalidParameter, "invalid repository name (\(term)), must not contain schema")
        }
        let parts = term.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0] == "localhost" || parts[0].contains(where: { ".:".contains($0) }) else {
            return (standardIndex, withoutLibrary(term))
        }
        if parts[0] == "docker.io" || parts[0] == standardIndex { return (standardIndex, withoutLibrary(parts[1])) }
        guard RegistryHost(parts[0]) != nil else { throw RPCError(.invalidParameter, "invalid index name (\(parts[0]))") }
        return (parts[0], parts[1])
    }

    /// Docker's own images are found by their short names.
    private static func withoutLibrary(_ term: String) -> String {
        term.hasPrefix("library/") ? String(term.dropFirst("library/".count)) : term
    }

    private func ask(_ endpoint: RegistryEndpoint, _ query: String) async throws -> SearchImages.Response {
        var http = HTTPClientRequest(url: "\(endpoint)/v1/search?\(query)")
        http.tlsConfiguration = try access.transport.tls(for: endpoint)
        http.headers.add(name: "User-Agent", value: "berth")
        http.headers.add(name: "X-Docker-Token", value: "true")
        if let header = request.credentials.flatMap(BasicHeader.value) { http.headers.add(name: "Authorization", value: header) }
        let response = try await access.transport.send(http, to: endpoint)
        guard response.status == .ok else { throw RPCError(.internalError, "Unexpected status code \(response.status.code)") }
        let body = try await response.body.collect(upTo: Self.documentLimit)
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(body.readableBytesView)) else {
            throw RPCError(.internalError, "error decoding registry search results: the index \(endpoint) gave no list")
        }
        return .init(
            found: (document.results ?? []).prefix(request.limit).map {
                .init(
                    name: $0.name ?? "", description: $0.description ?? "", stars: $0.star_count ?? 0, isOfficial: $0.is_official ?? false,
                    isAutomated: $0.is_automated ?? false)
            })
    }
}
