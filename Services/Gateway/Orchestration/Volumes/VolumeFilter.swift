// Which volumes a list or a prune is asked for.
import Contracts
import Models
import RPC

/// The filters of volumes, checked and prepared. Pure.
struct VolumeFilter {
    private let filters: Filters
    private let dangling: Bool?
    private let names: [NamePattern]
    private let inUse: Set<String>

    /// - Parameter inUse: names of the volumes that a container refers to.
    /// Errors: `invalidParameter` for a value that makes no sense.
    init(_ filters: Filters, inUse: Set<String>) throws(RPCError) {
        self.filters = filters
        self.inUse = inUse
        dangling = try Self.flag("dangling", filters)
        var patterns: [NamePattern] = []
        for text in filters.values("name") { patterns.append(NamePattern(text)) }
        names = patterns
    }

    /// Errors: `invalidParameter`.
    static func flag(_ key: String, _ filters: Filters) throws(RPCError) -> Bool? {
        switch filters.values(key).first {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        case .some(let text): throw RPCError(.invalidParameter, "invalid filter '\(key)=[\(text)]'")
        }
    }

    func matches(_ volume: VolumeRecord) -> Bool {
        dangling.map { $0 != inUse.contains(volume.name) } ?? true
            && filters.allows("driver", volume.driver) && filters.allows(labels: volume.labels)
            && !filters.values("label!").contains { Filters(["label": [$0]]).allows(labels: volume.labels) }
            && (names.isEmpty || names.contains { $0.matches(volume.name) })
    }
}
