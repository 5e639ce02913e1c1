// Which containers a list is asked for.
import Contracts
import GatewayState
import Models
import RPC

/// The filters of list, checked and prepared. Pure.
struct ContainerFilter {
    private static let statuses: Set<String> = ["created", "restarting", "running", "removing", "paused", "exited", "dead"]
    private static let healths: Set<String> = ["starting", "healthy", "unhealthy", "none"]

    private let filters: Filters
    private let exitCodes: [Int32]
    private let names: [NamePattern]
    /// Created before this time; nil for no bound.
    private let before: Int64?
    /// Created after this time; nil for no bound.
    private let since: Int64?
    /// IDs of the images that are asked for as ancestors, and of those made from them; nil for any.
    private let imageIDs: Set<String>?

    /// - Parameters:
    ///   - containers: finds the containers that `before` and `since` name.
    ///   - images: what `ancestor` comes to, if it is among the filters: IDs.
    /// Errors: `invalidParameter` for a value that makes no sense; notFound for a container that isn't there.
    init(
        _ filters: Filters, containers: (String) throws(RPCError) -> ContainerRecord, images: Set<String>?
    ) throws(RPCError) {
        self.filters = filters
        var codes: [Int32] = []
        for text in filters.values("exited") {
            guard let code = Int32(text) else { throw Self.invalid("exited", text) }
            codes.append(code)
        }
        exitCodes = codes
        for text in filters.values("status") where !Self.statuses.contains(text) { throw Self.invalid("status", text) }
        for text in filters.values("health") where !Self.healths.contains(text) {
            throw RPCError(.invalidParameter, "Unrecognised filter value for health: \(text)")
        }
        for key in ["publish", "expose"] {
            for text in filters.values(key) where PortSpecification(text) == nil { throw Self.invalid(key, text) }
        }
        for text in filters.values("is-task") where !["true", "1", "false", "0"].contains(text) {
            throw Self.invalid("is-task", "[\(text)]")
        }
        names = filters.values("name").map(NamePattern.init)
        before = try filters.values("before").first.map { reference throws(RPCError) in try containers(reference).definition.createdAt }
        since = try filters.values("since").first.map { reference throws(RPCError) in try containers(reference).definition.createdAt }
        imageIDs = images
    }

    private static func invalid(_ key: String, _ value: String) -> RPCError {
        RPCError(.invalidParameter, "invalid filter '\(key)=\(value)'")
    }

    /// Whether a list without `all` shows containers that don't run, because a filter asks for them.
    var includesStopped: Bool { filters.contains("status") || filters.contains("exited") }

    func matches(_ record: ContainerRecord) -> Bool {
        filters.isEmpty || matchesIdentity(record) && matchesState(record) && matchesAge(record) && matchesWorld(record)
    }

    private func matchesIdentity(_ record: ContainerRecord) -> Bool {
        if !names.isEmpty, !names.contains(where: { $0.matches(record.name) }) { return false }
        if let imageIDs, !imageIDs.contains(record.definition.imageID) { return false }
        return filters.allows("id", prefixOf: record.id) && filters.allows(labels: record.config.labels ?? [:])
    }

    private func matchesState(_ record: ContainerRecord) -> Bool {
        let health = record.state.health?.status.rawValue ?? "none"
        guard filters.allows("status", record.state.status), filters.allows("health", health) else { return false }
        if !exitCodes.isEmpty {
            guard record.state.phase == .exited, exitCodes.contains(record.state.exitCode) else { return false }
        }
        return !filters.contains("is-task") || filters.values("is-task").contains { $0 == "false" || $0 == "0" }
    }

    private func matchesAge(_ record: ContainerRecord) -> Bool {
        let created = record.definition.createdAt
        return before.map { created < $0 } ?? true && since.map { created > $0 } ?? true
    }

    private func matchesWorld(_ record: ContainerRecord) -> Bool {
        let mounts = record.definition.mounts
        return matchesAny("volume") { wanted in mounts.contains { $0.name == wanted || $0.destination == wanted || $0.source == wanted } }
            && matchesAny("network") { wanted in
                NetworkView(record: record).networks.contains { name, endpoint in
                    name == wanted || (!endpoint.networkID.isEmpty && endpoint.networkID.hasPrefix(wanted))
                }
            }
            && matchesPort("publish", record, \.publicPort) && matchesPort("expose", record, \.privatePort)
            && matchesAny("isolation") { record.hostConfig.isolation == $0 || ($0 == "default" && record.hostConfig.isolation.isEmpty) }
    }

    private func matchesAny(_ key: String, _ test: (String) -> Bool) -> Bool {
        !filters.contains(key) || filters.values(key).contains(where: test)
    }

    /// A range with its transport, among the ports that a list shows.
    private func matchesPort(_ key: String, _ record: ContainerRecord, _ number: KeyPath<PortSummary, UInt16>) -> Bool {
        guard filters.contains(key) else { return true }
        let ports = NetworkView(record: record).summary.filter { $0[keyPath: number] > 0 }
        return filters.values(key).compactMap { PortSpecification($0) }.contains { wanted in
            ports.contains { port in
                port.type == wanted.transport.rawValue && (wanted.first...wanted.last).contains(port[keyPath: number])
            }
        }
    }
}

/// A regular expression for a container's name; matches with and without the slash in front.
struct NamePattern {
    private let pattern: FilterPattern

    init(_ text: String) {
        pattern = FilterPattern(text)
    }

    func matches(_ name: String) -> Bool {
        pattern.matches("/\(name)") || pattern.matches(name)
    }
}
