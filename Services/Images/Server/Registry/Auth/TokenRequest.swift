// Asks a token service for a token (the distribution project's token and OAuth 2 specifications).
import AsyncHTTPClient
import Contracts
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// One request to the service that a Bearer challenge names.
struct TokenRequest: Sendable {
    let transport: RegistryTransport
    let endpoint: RegistryEndpoint
    let credentials: RegistryCredentials?

    struct Token: Sendable, Equatable {
        var text: String
        var lifetime: Duration
        /// Stands for the user from now on; given when it was asked for.
        var identity: String?
    }

    private struct Answer: Decodable {
        var token: String?
        var access_token: String?
        var refresh_token: String?
        var expires_in: Double?
    }

    /// What a service without `expires_in` means; a little is taken off, for the way.
    private static let standardLifetime = 60.0, margin = 5.0
    private static let clientID = "berth"

    /// Throws `RegistryFailure`.
    func token(_ challenge: AuthChallenge, scopes: [RegistryScope], asksForIdentity: Bool = false) async throws -> Token {
        guard let realm = challenge.parameters["realm"], let target = RegistryEndpoint(realm, namedBy: endpoint) else {
            throw RegistryFailure.content("the registry \(endpoint) asks for a token, but names no usable token service")
        }
        let names = scopes.isEmpty ? challenge.parameters["scope"].map { [$0] } ?? [] : scopes.map(\.description)
        let service = challenge.parameters["service"]
        let identity = credentials?.identityToken ?? ""
        var request = identity.isEmpty ? tokenByGet(realm, service, names, asksForIdentity) : tokenByPost(realm, service, names, identity)
        request.tlsConfiguration = try transport.tls(for: target)
        let response = try await transport.send(request, to: target)
        return try await Self.read(response, request)
    }

    private func tokenByGet(
        _ realm: String, _ service: String?, _ scopes: [String], _ asksForIdentity: Bool
    ) -> HTTPClientRequest {
        var fields = service.map { [("service", $0)] } ?? []
        fields += scopes.map { ("scope", $0) }
        if let user = credentials?.username, !user.isEmpty { fields.append(("account", user)) }
        if asksForIdentity { fields += [("client_id", Self.clientID), ("offline_token", "true")] }
        var request = HTTPClientRequest(url: realm + (realm.contains("?") ? "&" : "?") + FormText.encode(fields))
        if let header = credentials.flatMap(BasicHeader.value) { request.headers.replaceOrAdd(name: "Authorization", value: header) }
        return request
    }

    private func tokenByPost(_ realm: String, _ service: String?, _ scopes: [String], _ identity: String) -> HTTPClientRequest {
        var fields = [("client_id", Self.clientID), ("grant_type", "refresh_token"), ("refresh_token", identity)]
        if let service { fields.append(("service", service)) }
        if !scopes.isEmpty { fields.append(("scope", scopes.joined(separator: " "))) }
        var request = HTTPClientRequest(url: realm)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")
        request.body = .bytes(ByteBuffer(string: FormText.encode(fields)))
        return request
    }

    private static func read(_ response: HTTPClientResponse, _ request: HTTPClientRequest) async throws -> Token {
        guard response.status == .ok else {
            throw RegistryFailure.answer(await RegistryAnswer(response, method: request.method.rawValue, url: request.url))
        }
        let body = try await response.body.collect(upTo: 1 << 20)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView)),
            let token = [answer.token, answer.access_token].compactMap({ $0 }).first(where: { !$0.isEmpty })
        else { throw RegistryFailure.content("the token service \(request.url.prefix { $0 != "?" }) gave no token") }
        let seconds = max(margin, min(answer.expires_in ?? standardLifetime, 86_400) - margin)
        return Token(text: token, lifetime: .milliseconds(Int64(seconds * 1000)), identity: answer.refresh_token)
    }
}

/// The `Authorization` of the Basic scheme.
enum BasicHeader {
    /// nil without a user.
    static func value(_ credentials: RegistryCredentials) -> String? {
        guard !credentials.username.isEmpty else { return nil }
        return "Basic " + Base64.text(Array("\(credentials.username):\(credentials.password)".utf8))
    }
}

/// `application/x-www-form-urlencoded`.
enum FormText {
    static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(escape($0))=\(escape($1))" }.joined(separator: "&")
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
