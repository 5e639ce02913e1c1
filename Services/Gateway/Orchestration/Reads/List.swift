// List: every container that is asked for, newest first, from memory.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine {
    func list(_ query: ContainerListQuery, _ context: RPCContext) async throws -> [ContainerSummary] {
        let images = query.filters.contains("ancestor") ? try await images.list(context) : []
        let filter = try ContainerFilter(
            query.filters, containers: { reference throws(RPCError) in try store.find(reference) }, images: images)
        let showsStopped = query.all || query.limit != nil || filter.includesStopped
        var records = store.all
            .filter { (showsStopped || $0.state.isActive) && filter.matches($0) }
            .sorted { ($0.definition.createdAt, $0.id) > ($1.definition.createdAt, $1.id) }
        if let limit = query.limit, limit > 0 { records = Array(records.prefix(limit)) }
        let now = WallClock.now()
        let summaries = records.map { ContainerView(record: $0).summary(now: now) }
        return query.size ? try await measured(summaries, context) : summaries
    }

    private func measured(_ summaries: [ContainerSummary], _ context: RPCContext) async throws -> [ContainerSummary] {
        var summaries = summaries
        for index in summaries.indices {
            let size = try await images.measureSnapshot(container: summaries[index].id, context)
            summaries[index].sizeRw = size.writable
            summaries[index].sizeRootFs = size.writable + size.image
        }
        return summaries
    }
}
