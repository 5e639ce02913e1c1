// `docker rm --link web/db`: what a container calls another one is forgotten; both stay.
import GatewayState
import Models
import RPC

/// Removes one link of a container.
struct RemoveLinkSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let alias: String

    /// `reference` is `container/alias`. Errors: conflict for a container's own name; notFound for what is neither.
    init(engine: ContainerEngine, reference: String) throws {
        let parts = reference.split(separator: "/", omittingEmptySubsequences: false).drop(while: \.isEmpty).map(String.init)
        guard parts.count > 1, let alias = parts.last, let parent = parts.first, parts.count == 2 else {
            _ = try engine.find(reference)
            throw RPCError(.conflict, "Conflict, cannot remove the default link name of the container")
        }
        let missing = RPCError(.notFound, "No such container: \(reference)")
        guard let found = try? engine.find(parent), found.record.name == parent, Self.hasLink(alias, found.record) else { throw missing }
        (self.engine, live, self.alias) = (engine, found.live, alias)
    }

    func run(_ context: RPCContext) async throws {
        try await live.gate.enter {
            let record = try engine.current(live)
            guard Self.hasLink(alias, record) else { throw RPCError(.notFound, "No such container: \(record.name)/\(alias)") }
            let alias = alias
            guard
                let changed = try await engine.store.redefine(
                    live.id,
                    { definition in
                        definition.hostConfig.links?.removeAll { Self.alias(of: $0) == alias }
                    }), changed.state.isActive
            else { return }
            let links = try LinkedContainers(of: changed, isLenient: true) { engine.store[$0] }
            try await engine.network.relinkSandbox(container: live.id, to: links.hosts, context)
        }
    }

    private static func hasLink(_ alias: String, _ record: ContainerRecord) -> Bool {
        (record.hostConfig.links ?? []).contains { Self.alias(of: $0) == alias }
    }

    private static func alias(of text: String) -> String? { try? LinkText(text).alias }
}
