// List: every container that is asked for, newest first, from memory.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine {
    func list(_ query: ContainerListQuery, _ context: RPCContext) async throws -> [ListedContainer] {
        let images = query.filters.contains("ancestor") ? try await images.list(context) : []
        let filter = try ContainerFilter(
            query.filters, containers: { reference throws(RPCError) in try store.find(reference) }, images: images)
        let showsStopped = query.all || query.limit != nil || filter.includesStopped
        var records = Self.newestFirst(store.all.filter { (showsStopped || $0.state.isActive) && filter.matches($0) })
        if let limit = query.limit, limit > 0 { records = Array(records.prefix(limit)) }
        let now = WallClock.now()
        guard query.size else { return records.map { Self.listed($0, now: now) } }
        return try await measured(records.map { ContainerView(record: $0).summary(now: now) }, context).map { ListedContainer($0) }
    }

    /// Sorts places rather than records, which are large.
    private static func newestFirst(_ records: [ContainerRecord]) -> [ContainerRecord] {
        let ages = records.map(\.createdAt)
        let order = records.indices.sorted { ages[$0] != ages[$1] ? ages[$0] > ages[$1] : records[$0].id > records[$1].id }
        return order.map { records[$0] }
    }

    private static func listed(_ record: ContainerRecord, now: Int64) -> ListedContainer {
        ListedContainer(id: record.id, status: HumanText.status(record.state, now: now), keeper: record.memo.bytes) {
            ContainerView(record: record).summary(now: now)
        }
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
