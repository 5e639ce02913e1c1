// Which events a reader wants.
public import RPC

/// The `filters` of `GET /events`: within a key any value will do, and all keys must agree.
public struct EventFilter: Sendable, Equatable {
    static let keys: Set<String> = [
        "config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service",
        "type", "volume",
    ]
    /// Keys that are kinds of actors, and match the beginning of an actor's ID or of its name. This engine never emits events for the
    /// remaining actor kinds.
    private static let actorKeys: [String: EventRecord.Kind] = [
        "container": .container, "daemon": .daemon, "image": .image, "network": .network, "volume": .volume,
    ]
    private static let fuzzyActions = ["health_status", "exec_create", "exec_start"]

    private let values: [String: [String]]

    /// Errors: `invalidParameter` for an unknown key.
    public init(_ values: [String: [String]] = [:]) throws(RPCError) {
        if let unknown = values.keys.filter({ !Self.keys.contains($0) }).min() {
            throw RPCError(.invalidParameter, "invalid filter '\(unknown)'")
        }
        self.values = values.filter { !$0.value.isEmpty }
    }

    public func matches(_ event: EventRecord) -> Bool {
        values.allSatisfy { key, wanted in wanted.contains { matches(event, key, $0) } || isLabelMatch(event, key, wanted) }
    }

    private func matches(_ event: EventRecord, _ key: String, _ wanted: String) -> Bool {
        switch key {
        case "event": matchesAction(event.action, wanted)
        case "type": event.kind.rawValue == wanted
        case "scope": wanted == "local"
        case "image": matchesImage(event, wanted)
        case "label": false
        default: matchesActor(event, key, wanted)
        }
    }

    private func matchesAction(_ action: String, _ wanted: String) -> Bool {
        if action == wanted { return true }
        return Self.fuzzyActions.contains(wanted) && action.hasPrefix("\(wanted):")
    }

    private func matchesActor(_ event: EventRecord, _ key: String, _ wanted: String) -> Bool {
        guard let kind = Self.actorKeys[key] else { return false }
        guard event.kind == kind, !wanted.isEmpty else { return false }
        return [event.actorID, event.attributes["name"] ?? ""].contains { $0.hasPrefix(wanted) }
    }

    /// An image event's own ID and name, or the image of a container; a filter without a tag matches every tag.
    private func matchesImage(_ event: EventRecord, _ wanted: String) -> Bool {
        let names = event.kind == .image ? [event.actorID, event.attributes["name"] ?? ""] : [event.attributes["image"] ?? ""]
        return names.contains { $0 == wanted || Self.repository($0) == wanted }
    }

    private static func repository(_ reference: String) -> String {
        guard let colon = reference.lastIndex(of: ":"), !reference[colon...].contains("/") else { return reference }
        return String(reference[..<colon])
    }

    /// Labels must all be there: `key`, or `key=value`.
    private func isLabelMatch(_ event: EventRecord, _ key: String, _ wanted: [String]) -> Bool {
        guard key == "label" else { return false }
        return wanted.allSatisfy { label in
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let value = event.attributes[parts[0]] else { return false }
            return parts.count < 2 || value == parts[1]
        }
    }
}
