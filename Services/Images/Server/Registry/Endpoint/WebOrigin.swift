// Who is talked to under a URL: credentials are for one origin and no other.
import FoundationEssentials

/// Scheme, host and port of a URL (RFC 6454).
struct WebOrigin: Sendable, Equatable {
    var scheme: RegistryEndpoint.Scheme
    /// In lower case; an IPv6 address in brackets.
    var host: String
    var port: Int

    /// nil for what isn't HTTP, and for a URL that brings a user of its own.
    init?(_ url: String) {
        guard let parts = URL(string: url), let scheme = parts.scheme.flatMap({ RegistryEndpoint.Scheme(rawValue: $0.lowercased()) }),
            let host = parts.host()?.lowercased(), !host.isEmpty, parts.user() == nil
        else { return nil }
        self.scheme = scheme
        self.host = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        port = parts.port ?? scheme.standardPort
    }
}

extension RegistryEndpoint.Scheme {
    var standardPort: Int { self == .https ? 443 : 80 }
}

extension RegistryEndpoint {
    /// Whether the URL is of this endpoint, whose credentials may go there.
    func isOrigin(of url: String) -> Bool {
        guard let own = WebOrigin("\(scheme)://\(authority)") else { return false }
        return WebOrigin(url) == own
    }

    /// Where a registry sends its clients: another host is as trustworthy as the registry says only where it is the registry's own.
    /// nil for what is no such place.
    init?(_ url: String, namedBy registry: RegistryEndpoint) {
        guard let origin = WebOrigin(url) else { return nil }
        let authority = origin.port == origin.scheme.standardPort ? origin.host : "\(origin.host):\(origin.port)"
        self.init(scheme: origin.scheme, authority: authority)
        verifiesPeer = RegistryHost(authority)?.name == RegistryHost(registry.authority)?.name.lowercased() ? registry.verifiesPeer : true
    }
}
