// One way to reach a registry, and which ways there are for a name.

/// Where requests for a registry may go.
struct RegistryEndpoint: Sendable, Hashable, CustomStringConvertible {
    enum Scheme: String, Sendable { case http, https }

    var scheme: Scheme
    /// `host[:port]`.
    var authority: String
    /// What comes before `/v2/` in paths; empty or beginning with a slash.
    var path = ""
    /// False takes any certificate.
    var verifiesPeer = true
    var isMirror = false

    var description: String { "\(scheme)://\(authority)\(path)" }

    /// Parses a mirror's base URL; nil when it has something that a base URL can't have.
    init?(mirror url: String) {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = Scheme(rawValue: String(parts[0])), !parts[1].contains(where: { "@?#".contains($0) })
        else { return nil }
        let authority = parts[1].prefix { $0 != "/" }
        guard RegistryHost(authority) != nil else { return nil }
        self.init(scheme: scheme, authority: String(authority))
        path = String(parts[1].dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        isMirror = true
    }

    init(scheme: Scheme, authority: String, verifiesPeer: Bool = true) {
        self.scheme = scheme
        self.authority = authority
        self.verifiesPeer = verifiesPeer
    }
}

/// Chooses endpoints by a registry's name.
struct EndpointChoice: Sendable {
    let settings: RegistrySettings

    /// Docker's own registry isn't at the name that references call it by.
    private static let aliases = ["docker.io": "registry-1.docker.io"]

    /// In the order they are to be tried: mirrors, then the registry itself, without TLS last and only where that is allowed.
    func endpoints(for domain: String) -> [RegistryEndpoint] {
        let mirrors = (settings.mirrors[domain] ?? []).compactMap { url -> RegistryEndpoint? in
            var mirror = RegistryEndpoint(mirror: url)
            if let authority = mirror?.authority { mirror?.verifiesPeer = !isInsecure(authority) }
            return mirror
        }
        return mirrors + own(for: domain)
    }

    /// Of the registry itself.
    func own(for domain: String) -> [RegistryEndpoint] {
        let authority = Self.aliases[domain] ?? domain
        guard isInsecure(authority) else { return [RegistryEndpoint(scheme: .https, authority: authority)] }
        return [
            RegistryEndpoint(scheme: .https, authority: authority, verifiesPeer: false),
            RegistryEndpoint(scheme: .http, authority: authority),
        ]
    }

    /// Whether a registry may be talked to without proof of who it is: this host itself, and what the settings name.
    func isInsecure(_ authority: String) -> Bool {
        guard let host = RegistryHost(authority) else { return false }
        if host.isLoopback { return true }
        let address = RegistryHost.address(host.name)
        return settings.insecureRegistries.contains { entry in
            if let address, let range = AddressRange(entry) { return range.contains(address) }
            return entry == authority || entry == host.name
        }
    }
}
