// One repository at one endpoint: requests with authorization.
import AsyncHTTPClient
import Contracts
import NIOCore
import NIOHTTP1

/// What registries share, whoever asks: connections and tokens.
struct RegistryAccess: Sendable {
    private let current: CurrentSettings
    let transport: RegistryTransport
    let tokens = TokenCache()
    let health = EndpointHealth()

    init(settings: RegistrySettings) {
        current = CurrentSettings(settings)
        transport = RegistryTransport(settings: settings)
    }

    var settings: RegistrySettings { current.value }

    /// Takes over what may change while the service runs: mirrors, insecure registries, and how much is tried at once.
    func reload(_ settings: RegistrySettings) { current.reload(settings) }

    var choice: EndpointChoice { EndpointChoice(settings: settings) }
}

/// Sends requests for one repository and answers the registry's challenges.
struct RepositoryClient: Sendable {
    let access: RegistryAccess
    let endpoint: RegistryEndpoint
    /// `library/busybox`.
    let repository: String
    let scopes: [RegistryScope]
    /// Never sent to a mirror: they are the registry's own.
    private let credentials: RegistryCredentials?

    init(
        access: RegistryAccess, endpoint: RegistryEndpoint, repository: String, scopes: [RegistryScope], credentials: RegistryCredentials?
    ) {
        self.access = access
        self.endpoint = endpoint
        self.repository = repository
        self.scopes = scopes
        self.credentials = endpoint.isMirror ? nil : credentials
    }

    /// The same, allowed to read another repository besides.
    func allowing(_ other: String) -> RepositoryClient {
        RepositoryClient(
            access: access, endpoint: endpoint, repository: repository, scopes: scopes + [.pull(other)], credentials: credentials)
    }

    /// Of something in the repository: `manifests/latest`.
    func url(_ path: String) -> String { "\(endpoint)/v2/\(repository)/\(path)" }

    private var key: TokenCache.Key { .init(endpoint: endpoint.description, scopes: scopes, credentials: credentials) }

    /// Returns an answer of one of the statuses. Throws `RegistryFailure` and `CancellationError`.
    func send(_ request: HTTPClientRequest, expecting statuses: Set<UInt>, patience: TimeAmount? = nil) async throws -> HTTPClientResponse {
        let response = try await sendAuthorized(request, patience)
        if statuses.contains(response.status.code) { return response }
        throw RegistryFailure.answer(await RegistryAnswer(response, method: request.method.rawValue, url: request.url))
    }

    /// A request that is refused for want of authorization is sent once more, with what the challenge asks for. That is the registry's to
    /// ask: wherever else it sends its clients, by a redirect or the place of an upload, nobody gets to see credentials or tokens.
    private func sendAuthorized(_ request: HTTPClientRequest, _ patience: TimeAmount?) async throws -> HTTPClientResponse {
        var request = request
        request.headers.replaceOrAdd(name: "User-Agent", value: "berth")
        guard endpoint.isOrigin(of: request.url) else { return try await sendElsewhere(request, patience) }
        request.tlsConfiguration = try access.transport.tls(for: endpoint)
        if let token = credentials?.registryToken, !token.isEmpty {
            request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)")
        } else if let header = await access.tokens.header(key) {
            request.headers.replaceOrAdd(name: "Authorization", value: header)
        }
        let response = try await access.transport.send(request, to: endpoint, patience: patience)
        guard response.status == .unauthorized, response.isOf(endpoint) else { return response }
        await access.tokens.forget(key)
        let challenges = response.headers["WWW-Authenticate"].flatMap(AuthChallenge.parse)
        guard let header = try await authorization(challenges, request) else { return response }
        for try await _ in response.body {}
        request.headers.replaceOrAdd(name: "Authorization", value: header)
        return try await access.transport.send(request, to: endpoint, patience: patience)
    }

    private func sendElsewhere(_ request: HTTPClientRequest, _ patience: TimeAmount?) async throws -> HTTPClientResponse {
        guard let target = RegistryEndpoint(request.url, namedBy: endpoint) else {
            throw RegistryFailure.content("the registry \(endpoint) names a place that can't be asked: \(request.url)")
        }
        var request = request
        request.tlsConfiguration = try access.transport.tls(for: target)
        return try await access.transport.send(request, to: target, patience: patience)
    }

    /// nil when there is no challenge that can be answered.
    private func authorization(_ challenges: [AuthChallenge], _ request: HTTPClientRequest) async throws -> String? {
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            let service = TokenRequest(transport: access.transport, endpoint: endpoint, credentials: credentials)
            let token = try await service.token(bearer, scopes: scopes)
            await access.tokens.keep("Bearer \(token.text)", key, for: token.lifetime)
            return "Bearer \(token.text)"
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else { return nil }
        guard let header = credentials.flatMap(BasicHeader.value) else {
            throw RegistryFailure.noCredentials(method: request.method.rawValue, url: request.url)
        }
        // A second refusal of the same credentials is final.
        if request.headers.first(name: "Authorization") == header { return nil }
        await access.tokens.keep(header, key, for: .seconds(3600))
        return header
    }
}
