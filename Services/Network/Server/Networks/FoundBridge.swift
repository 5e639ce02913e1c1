// The default bridge as it is found: the engine's own, the host's, or none.

/// What there is of the default bridge when the service starts.
struct FoundBridge: Sendable, Equatable {
    /// nil when there is none yet.
    var link: LinkInformation?
    /// Its IPv4 addresses.
    var addresses: [InterfaceAddress] = []

    /// The engine made it, or is about to. Another one is the host's, which may be its way to everywhere: it stays as it is, but for what
    /// containers need.
    var isOwn: Bool { link?.isMarked ?? true }

    /// What the configuration says, or else, as dockerd has it, what the host's bridge has already and the containers' range goes with.
    func wantedAddress(_ settings: NetworkSettings) -> InterfaceAddress? {
        let range = settings.defaultNetwork.range
        let usable = isOwn ? [] : addresses.filter { (1...30).contains($0.prefix.length) }
        return settings.bridgeAddress ?? usable.first { address in range.map(address.prefix.contains) ?? true }
            ?? settings.defaultNetwork.bridgeAddress
    }
}
