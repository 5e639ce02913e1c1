// Which proxy a request goes through, by the rules of the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

/// A proxy's address.
struct ProxyAddress: Sendable, Hashable {
    var host: String
    var port: Int
    /// `user:password`, empty for none.
    var login: String

    /// Parses `[http://][user:password@]host[:port]`; nil for another scheme and what is no address.
    init?(_ text: String) {
        var rest = Substring(text)
        let parts = text.split(separator: "://", maxSplits: 1)
        if parts.count == 2 {
            guard parts[0] == "http" else { return nil }
            rest = parts[1]
        }
        rest = rest.prefix { $0 != "/" }
        login = ""
        if let at = rest.lastIndex(of: "@") {
            login = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard let address = RegistryHost(rest) else { return nil }
        host = address.name
        port = address.port ?? 80
    }
}

/// Decides for each endpoint.
struct ProxyChoice: Sendable {
    let settings: ProxySettings

    /// nil goes directly.
    func proxy(for endpoint: RegistryEndpoint) -> ProxyAddress? {
        guard let url = endpoint.scheme == .https ? settings.https : settings.http, !url.isEmpty,
            let host = RegistryHost(endpoint.authority), !host.isLoopback, !isExcepted(host, endpoint.scheme)
        else { return nil }
        return ProxyAddress(url)
    }

    private func isExcepted(_ host: RegistryHost, _ scheme: RegistryEndpoint.Scheme) -> Bool {
        let port = host.port ?? (scheme == .https ? 443 : 80)
        let address = RegistryHost.address(host.name)
        return (settings.exceptions ?? "").split(separator: ",").contains { entry in
            let entry = entry.filter { !$0.isWhitespace }.lowercased()
            if entry == "*" { return true }
            if let address, let range = AddressRange(entry) { return range.contains(address) }
            guard let exception = RegistryHost(entry), exception.port == nil || exception.port == port else { return false }
            let name = host.name.lowercased()
            if exception.name.hasPrefix(".") { return name.hasSuffix(exception.name) }
            if exception.name.hasPrefix("*.") { return name.hasSuffix(exception.name.dropFirst()) }
            return name == exception.name || (address == nil && name.hasSuffix("." + exception.name))
        }
    }
}
