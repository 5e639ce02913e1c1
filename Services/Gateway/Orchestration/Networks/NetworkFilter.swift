// Which networks a list or a pruning is asked for. Pure.
import Contracts
import Models
import RPC

/// The filters of the network list. Pure.
struct NetworkFilter {
    private let filters: Filters
    private let inUse: Set<String>
    private let dangling: Bool?
    private let names: [FilterPattern]
    private let ids: [FilterPattern]
    static let predefined: Set<String> = ["bridge", "host", "none"]

    /// Errors: `invalidParameter` for a value that makes no sense.
    init(_ filters: Filters, inUse: Set<String>) throws(RPCError) {
        self.filters = filters
        self.inUse = inUse
        names = filters.values("name").map(FilterPattern.init)
        ids = filters.values("id").map(FilterPattern.init)
        switch filters.values("dangling").first {
        case nil: dangling = nil
        case "true", "1": dangling = true
        case "false", "0": dangling = false
        case .some(let text): throw RPCError(.invalidParameter, "invalid filter 'dangling=[\(text)]'")
        }
        for text in filters.values("type") where text != "custom" && text != "builtin" {
            throw RPCError(.invalidParameter, "invalid filter: 'type'='\(text)'")
        }
    }

    func matches(_ network: NetworkRecord) -> Bool {
        let isPredefined = Self.predefined.contains(network.name)
        if let dangling, dangling != (!isPredefined && !inUse.contains(network.id)) { return false }
        return filters.allows("driver", network.driver) && filters.allows("scope", "local")
            && filters.allows("type", isPredefined ? "builtin" : "custom")
            && filters.allows(labels: network.labels)
            && (ids.isEmpty || ids.contains { $0.matches(network.id) })
            && (names.isEmpty || names.contains { $0.matches(network.name) })
    }
}

/// The filters of the pruning of networks. Pure.
struct NetworkPruneFilter {
    private let filters: Filters
    /// Nanoseconds since 1970; nil for no bound.
    private let until: Int64?

    /// Errors: `invalidParameter` for a value that makes no sense.
    init(_ filters: Filters, now: Int64) throws {
        self.filters = filters
        guard filters.values("until").count <= 1 else { throw RPCError(.invalidParameter, "more than one until filter specified") }
        until = try filters.until(now: now)
    }

    func matches(_ network: NetworkRecord) -> Bool {
        guard !NetworkFilter.predefined.contains(network.name), !network.isConfigurationOnly else { return false }
        if let until, network.createdAt > until { return false }
        let isExcluded = filters.contains("label!") && filters.allows(labels: network.labels, key: "label!")
        return filters.allows(labels: network.labels) && !isExcluded
    }
}
