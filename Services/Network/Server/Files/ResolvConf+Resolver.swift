// The resolv.conf of a container whose lookups go through the engine's resolver.

extension ResolvConf {
    /// For a container on user-defined networks: the engine's resolver, with the host's or the user's search list and options.
    /// `resolved` is the content of `resolvedPath`, if there is one.
    static func embedded(host: String, resolved: String?, overrides: Overrides) -> ResolvConf {
        var settings = ofHost(host, resolved: resolved)
        settings.override(nameservers: ["\(ResolverClient.address)"], search: overrides.search, options: overrides.options)
        settings.options.removeAll { $0.hasPrefix(ndots) && !($0.dropFirst(ndots.count)).allSatisfy(\.isNumber) || $0 == ndots }
        if !settings.options.contains(where: { $0.hasPrefix(ndots) }) { settings.options.append("\(ndots)0") }
        return settings
    }

    /// The name servers the host uses, in its order; systemd-resolved's own instead of its stub where they are known.
    static func servers(host: String, resolved: String?) -> [IPAddress] {
        ofHost(host, resolved: resolved).nameservers.compactMap { IPAddress($0) }
    }

    /// True when names without a dot aren't asked for as they are first.
    var keepsShortNames: Bool {
        options.last { $0.hasPrefix(Self.ndots) }.flatMap { Int($0.dropFirst(Self.ndots.count)) }.map { $0 > 0 } ?? false
    }

    private static let ndots = "ndots:"

    private static func ofHost(_ host: String, resolved: String?) -> ResolvConf {
        let settings = ResolvConf(parsing: host)
        guard settings.isResolvedStub, let resolved else { return settings }
        return ResolvConf(parsing: resolved)
    }
}
