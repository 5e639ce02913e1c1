// Who the user is to a registry: the header X-Registry-Auth.
import FoundationEssentials
import GatewayBackends
import HTTPTypes
import HummingbirdCore

extension EngineRequest {
    /// nil when the header is missing, empty or not what it should be, which is no error: a registry may need none.
    var registryLogin: RegistryLogin? {
        http.headers[.registryAuth].flatMap(RegistryAuthHeader.decode)
    }
}

enum RegistryAuthHeader {
    /// Base64, of either alphabet and with or without padding, of a JSON object, whose names are in any case as in a body.
    static func decode(_ text: String) -> RegistryLogin? {
        var plain = text.replacing("-", with: "+").replacing("_", with: "/").filter { $0 != "=" && !$0.isWhitespace }
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain), let login = login(Array(data)), !login.isEmpty else { return nil }
        return login
    }

    private static func login(_ json: [UInt8]) -> RegistryLogin? {
        var scanner = JSONScanner(json)
        guard let document = try? scanner.document(), scanner.isAtEnd() else { return nil }
        return try? JSONValueDecoder(document).decode(RegistryLogin.self)
    }
}
