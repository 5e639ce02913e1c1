// Reads a refusal out of an HTTP response, and whose it is.
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension RegistryAnswer {
    /// Takes the body, as much of it as matters.
    init(_ response: HTTPClientResponse, method: String, url: String) async {
        let body = try? await response.body.collect(upTo: RegistryErrorBody.limit)
        self.init(
            method: method, url: url, status: Int(response.status.code),
            errors: body.map { RegistryErrorBody.entries($0.readableBytesView) } ?? [],
            retryAfter: response.headers.first(name: "Retry-After").flatMap { text in
                RetryRules.retryAfter(text) { HTTPDate.distance($0, now: Timestamp.now()) }
            })
    }
}

extension HTTPClientResponse {
    /// Whether it is this endpoint that answered, and not where it redirected to.
    func isOf(_ endpoint: RegistryEndpoint) -> Bool { history.last.map { endpoint.isOrigin(of: $0.request.url) } ?? true }
}
