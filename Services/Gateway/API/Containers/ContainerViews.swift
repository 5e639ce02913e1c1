// Containers as clients of older versions know them.
import Models

extension ContainerSummary {
    /// The same for versions that see the same.
    static func viewKey(_ version: APIVersion) -> Int {
        (version < APIVersionGate.noLegacyNetworkSettings ? 1 : 0) + (version < APIVersionGate.listAnnotations ? 2 : 0)
    }

    func seen(by version: APIVersion) -> ContainerSummary {
        var summary = self
        if version < APIVersionGate.noLegacyNetworkSettings { summary.health = nil }
        // As Go omits a zero.
        if summary.sizeRw == 0 { summary.sizeRw = nil }
        if summary.sizeRootFs == 0 { summary.sizeRootFs = nil }
        if version < APIVersionGate.listAnnotations { summary.hostConfig.annotations = [:] }
        return summary
    }
}

extension ContainerInspect {
    func seen(by version: APIVersion) -> ContainerInspect {
        var container = self
        if version < APIVersionGate.noLegacyNetworkSettings {
            container.networkSettings.legacy = LegacyNetworkSettings(of: networkSettings.networks["bridge"])
        }
        if version < APIVersionGate.annotations { container.hostConfig.annotations = [:] }
        if version < APIVersionGate.volumeSubpath { container.addShortIDToAliases() }
        return container
    }

    /// Before 1.45 the short ID, which is a DNS name, was among the aliases.
    private mutating func addShortIDToAliases() {
        let shortID = String(id.prefix(12))
        for (name, var endpoint) in networkSettings.networks where endpoint.dnsNames?.isEmpty == false {
            let aliases = endpoint.aliases ?? []
            if !aliases.contains(shortID) { endpoint.aliases = aliases + [shortID] }
            networkSettings.networks[name] = endpoint
        }
    }
}
