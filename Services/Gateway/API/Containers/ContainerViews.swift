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
        if version < APIVersionGate.volumeSubpath { container.addOwnNamesToAliases() }
        if version >= APIVersionGate.noLegacyNetworkSettings { container.config.macAddress = "" }
        return container
    }

    /// Before 1.45 the short ID and the hostname, which are DNS names, were among the aliases on user-defined networks. Those of a
    /// container that has never been started weren't there yet: old Compose connects it with all its settings then.
    private mutating func addOwnNamesToAliases() {
        guard state.status != .created else { return }
        for (name, var endpoint) in networkSettings.networks where !Self.predefinedNetworks.contains(name) {
            var aliases = endpoint.aliases ?? []
            for own in [String(id.prefix(12)), config.hostname] where !own.isEmpty && !aliases.contains(own) { aliases.append(own) }
            endpoint.aliases = aliases
            networkSettings.networks[name] = endpoint
        }
    }

    private static let predefinedNetworks: Set<String> = ["bridge", "host", "none", "default"]
}
