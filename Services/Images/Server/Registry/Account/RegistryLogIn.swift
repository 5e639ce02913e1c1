// Tries credentials at a registry, as `docker login` does.
import AsyncHTTPClient
import Contracts
import Models
import NIOHTTP1
import RPC

struct RegistryLogIn: Sendable {
    let access: RegistryAccess
    let credentials: RegistryCredentials

    /// What clients call Docker's registry when they log in.
    private static let standardAddresses: Set<String> = [
        "", "https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io",
    ]

    /// The registry's name, as references have it.
    static func domain(_ address: String) -> String {
        if standardAddresses.contains(address) { return ImageReference.defaultDomain }
        let parts = address.split(separator: "://", maxSplits: 1)
        let host = String((parts.last ?? "").prefix { $0 != "/" })
        return standardAddresses.contains(host) ? ImageReference.defaultDomain : host
    }

    /// Throws `RegistryFailure`, `RPCError` (`unauthorized`, `invalidParameter`).
    func run() async throws -> LogIn.Response {
        let domain = Self.domain(credentials.serverAddress)
        guard RegistryHost(domain) != nil else {
            throw RPCError(.invalidParameter, "unable to parse server address: \(credentials.serverAddress)")
        }
        var failure: (any Error)?
        for endpoint in access.health.ordered(access.choice.own(for: domain)) {
            do {
                let token = try await tryOut(endpoint)
                access.health.answered(endpoint)
                return LogIn.Response(identityToken: token)
            } catch let error as RegistryFailure {
                guard case .transport = error else { throw error }
                access.health.failed(endpoint)
                failure = error
            }
        }
        throw failure ?? RPCError(.invalidParameter, "there is no registry \(domain)")
    }

    /// Returns an identity token, empty for none.
    private func tryOut(_ endpoint: RegistryEndpoint) async throws -> String {
        let first = try await ask(endpoint, authorization: nil)
        guard first.status == .unauthorized, first.isOf(endpoint) else {
            try check(first, endpoint)
            return ""
        }
        let challenges = first.headers["WWW-Authenticate"].flatMap(AuthChallenge.parse)
        for try await _ in first.body {}
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            let token = try await TokenRequest(transport: access.transport, endpoint: endpoint, credentials: credentials)
                .token(bearer, scopes: [], asksForIdentity: true)
            try check(try await ask(endpoint, authorization: "Bearer \(token.text)"), endpoint)
            return token.identity ?? ""
        }
        try check(try await ask(endpoint, authorization: BasicHeader.value(credentials)), endpoint)
        return ""
    }

    private func ask(_ endpoint: RegistryEndpoint, authorization: String?) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "\(endpoint)/v2/")
        request.tlsConfiguration = try access.transport.tls(for: endpoint)
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        return try await access.transport.send(request, to: endpoint)
    }

    private func check(_ response: HTTPClientResponse, _ endpoint: RegistryEndpoint) throws {
        guard response.status != .ok else { return }
        let status = "\(response.status.code) \(response.status.reasonPhrase)"
        throw RPCError(
            response.status == .unauthorized || response.status == .forbidden ? .unauthorized : .internalError,
            "login attempt to \(endpoint)/v2/ failed with status: \(status)")
    }
}
