// Requests to registries and the services beside them, by async-http-client.
import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RPC
import Synchronization

/// Sends one request over a pooled connection. Knows endpoints, proxies and certificates; knows nothing of authorization and retries.
final class RegistryTransport: Sendable {
    private let proxies: ProxyChoice
    private let certificates: CertificateDirectory

    /// What connections have in common.
    private struct Way: Hashable {
        /// nil for none.
        var proxy: ProxyAddress?
        /// Whose certificate is looked at here: an address behind a proxy.
        var peer: String?
    }

    /// Clients live as long as the process does: a pool of connections has no natural end before that.
    private static let clients = Mutex<[Way: HTTPClient]>([:])

    /// For a connection to be made, and for each read of an answer.
    static let connectTimeout = TimeAmount.seconds(15), readTimeout = TimeAmount.seconds(60)
    /// For the head of a mirror's answer: behind a mirror there is always another endpoint.
    static let mirrorPatience = TimeAmount.milliseconds(900)

    init(settings: RegistrySettings) {
        proxies = ProxyChoice(settings: settings.proxies)
        certificates = CertificateDirectory(path: settings.certificatesDirectory)
    }

    /// How TLS with an endpoint is done; nil without TLS. Throws `RegistryFailure.certificates`.
    func tls(for endpoint: RegistryEndpoint) throws -> TLSConfiguration? {
        guard endpoint.scheme == .https else { return nil }
        var configuration = try certificates.configuration(for: endpoint)
        if way(to: endpoint).peer != nil { configuration.certificateVerification = .noHostnameVerification }
        return configuration
    }

    private func way(to endpoint: RegistryEndpoint) -> Way {
        guard let proxy = proxies.proxy(for: endpoint) else { return Way() }
        guard endpoint.scheme == .https, endpoint.verifiesPeer, let host = RegistryHost(endpoint.authority)?.name,
            RegistryHost.address(host) != nil
        else { return Way(proxy: proxy) }
        return Way(proxy: proxy, peer: host)
    }

    /// Sends a request; returns when the answer's head is there. Redirects are followed, without credentials to other hosts.
    /// Throws `RegistryFailure.transport`, and `CancellationError`.
    func send(_ request: HTTPClientRequest, to endpoint: RegistryEndpoint, patience: TimeAmount? = nil) async throws -> HTTPClientResponse {
        let client = Self.client(way(to: endpoint))
        do {
            let deadline = patience.map { NIODeadline.now() + $0 } ?? (.now() + .hours(1))
            return try await client.execute(request, deadline: deadline)
        } catch {
            throw Self.failure(error, method: request.method.rawValue, url: request.url)
        }
    }

    /// As `RegistryFailure`, unless the task was cancelled.
    static func failure(_ error: any Error, method: String, url: String) -> any Error {
        if error is CancellationError || Task.isCancelled { return CancellationError() }
        if error is RegistryFailure || error is RPCError { return error }
        return RegistryFailure.transport(method: method, url: url, reason: TransportWords.text(error, url: url))
    }

    private static func client(_ way: Way) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[way] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration(way))
            clients[way] = client
            return client
        }
    }

    private static func configuration(_ way: Way) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .follow(max: 10, allowCycles: false)
        configuration.timeout = .init(connect: connectTimeout, read: readTimeout)
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.http1_1ConnectionDebugInitializer = { channel in
            guard let peer = way.peer else { return ReceiveWindow.fit(channel) }
            return PeerAddress.check(channel, peer).flatMap { ReceiveWindow.fit(channel) }
        }
        if let proxy = way.proxy {
            let login: HTTPClient.Authorization? = proxy.login.isEmpty ? nil : .basic(credentials: Base64.text(Array(proxy.login.utf8)))
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: login)
        }
        return configuration
    }
}
