// Whose containers and volumes calls with a scope may touch.
import Contracts
import RPC

/// Checks by the catalogue. What isn't there is nobody's: what is asked of it says so itself.
struct ScopeCheck {
    let scope: CallScope
    let catalog: Catalog

    init(_ context: RPCContext, _ service: ImageService) {
        scope = CallScope(context.scope)
        catalog = service.store.catalog.catalog
    }

    /// Errors: forbidden.
    func container(_ id: String) throws(RPCError) {
        guard !scope.labels.isEmpty, let row = catalog.snapshots[id] else { return }
        try scope.check(labels: row.labels, of: "container \(id)")
    }

    /// Errors: forbidden.
    func volume(_ name: String) throws(RPCError) {
        guard !scope.labels.isEmpty, let row = catalog.volumes[name] else { return }
        try scope.check(volume: name, labels: row.labels)
    }
}
