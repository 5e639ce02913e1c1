// List: every container that is asked for, newest first, from memory.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC

extension ContainerEngine {
    func list(_ query: ContainerListQuery, _ context: RPCContext) async throws -> [ListedContainer] {
        let ancestors = query.filters.values("ancestor")
        let images = query.filters.contains("ancestor") ? try await imagesMade(from: ancestors, context) : nil
        let filter = try ContainerFilter(
            query.filters, containers: { reference throws(RPCError) in try store.find(reference) }, images: images)
        let showsStopped = query.all || query.limit != nil || filter.includesStopped
        var records = Self.newestFirst(store.all.filter { (showsStopped || $0.state.isActive) && filter.matches($0) })
        if let limit = query.limit, limit > 0 { records = Array(records.prefix(limit)) }
        let now = WallClock.now()
        var names = ImageNameCheck(imageNames.view)
        let lost = records.map { names.hasLostName($0) }
        let aliases = LinkedContainers.aliases(in: store.all)
        let summary = { (record: ContainerRecord, hasLostName: Bool) in
            var summary = ContainerView(record: record, hasLostName: hasLostName).summary(now: now)
            summary.names += aliases[record.id] ?? []
            return summary
        }
        guard query.size else {
            return zip(records, lost).map { record, isLost in
                // What is kept of a record doesn't know of the links of others.
                aliases[record.id] == nil
                    ? Self.listed(record, hasLostName: isLost, now: now) : ListedContainer(summary(record, isLost))
            }
        }
        return try await measured(zip(records, lost).map(summary), context).map { ListedContainer($0) }
    }

    /// Those that are named, and all that were made from them on this host. What names no image is the ancestor of nothing.
    private func imagesMade(from names: [String], _ context: RPCContext) async throws -> Set<String> {
        var named: Set<String> = []
        for name in names {
            do {
                named.insert(try await images.inspect(name, context).id)
            } catch let error as RPCError where [.notFound, .invalidParameter].contains(error.code) {
                continue
            }
        }
        return named.isEmpty ? [] : ImageDescent.descendants(of: named, among: try await images.list(context))
    }

    /// Sorts places rather than records, which are large.
    private static func newestFirst(_ records: [ContainerRecord]) -> [ContainerRecord] {
        let ages = records.map(\.createdAt)
        let order = records.indices.sorted { ages[$0] != ages[$1] ? ages[$0] > ages[$1] : records[$0].id > records[$1].id }
        return order.map { records[$0] }
    }

    /// What is kept of a container is kept twice over: with its image's name, and with its ID.
    private static func listed(_ record: ContainerRecord, hasLostName: Bool, now: Int64) -> ListedContainer {
        let keeper: ListedContainer.Keeper = { key, make in record.memo.bytes(key * 2 + (hasLostName ? 1 : 0), make) }
        return ListedContainer(id: record.id, status: HumanText.status(record.state, now: now), keeper: keeper) {
            ContainerView(record: record, hasLostName: hasLostName).summary(now: now)
        }
    }

    /// nil for a container without a writable layer: one that is being removed, or whose removal stopped half-way.
    func size(of container: String, _ context: RPCContext) async throws -> MeasureSnapshot.Response? {
        do {
            return try await images.measureSnapshot(container: container, context)
        } catch let error as RPCError where error.code == .notFound {
            return nil
        }
    }

    private func measured(_ summaries: [ContainerSummary], _ context: RPCContext) async throws -> [ContainerSummary] {
        var summaries = summaries
        for index in summaries.indices {
            guard let size = try await size(of: summaries[index].id, context) else { continue }
            summaries[index].sizeRw = size.writable
            summaries[index].sizeRootFs = size.writable.addingClamped(size.image)
        }
        return summaries
    }
}
