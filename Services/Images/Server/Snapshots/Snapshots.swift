// Containers' writable layers: prepared, listed, measured, forgotten.
import Contracts
import Models
import RPC
import ServiceKit

/// Each is three directories, Docker's names for them and one row. Preparing one copies nothing.
struct Snapshots: Sendable {
    let store: ImageStore

    /// Makes a container's snapshot, or gives the one it has.
    /// - Parameter size: bytes that the container may write; nil without a limit.
    /// Throws `RPCError`: notFound without the image, conflict when the snapshot is of another one, `invalidParameter`.
    func prepare(
        containerID: String, imageID: String, labels: [String: String]? = nil, size: Int64? = nil
    ) async throws -> SnapshotRecord {
        try Self.check(containerID)
        guard let imageID = ContentDigest(imageID) else {
            throw RPCError(.invalidParameter, "invalid image ID '\(imageID)'; give it whole, with sha256:")
        }
        return try await store.catalog.exclusively { [store] session in
            if let present = session.catalog.snapshots[containerID] {
                guard present.imageID == imageID else {
                    throw RPCError(.conflict, "container \(containerID) has a snapshot of another image, \(present.imageID)")
                }
                return session.catalog.record(of: present, paths: store.paths)
            }
            guard let image = session.catalog.images[imageID] else { throw RPCError(.notFound, "No such image: \(imageID)") }
            let row = SnapshotRow(containerID: containerID, imageID: imageID, topLayer: image.topLayer, labels: labels, size: size)
            try Self.make(row, store, session)
            return session.catalog.record(of: row, paths: store.paths)
        }
    }

    /// The directories aren't synchronised: a start makes those again that a loss of power took.
    private static func make(_ row: SnapshotRow, _ store: ImageStore, _ session: CatalogStore.Session) throws {
        do {
            try SnapshotFiles(paths: store.paths).make(row.containerID, size: row.size)
            FaultPoint.reach(ImageFault.snapshotMade)
            try session.commit([.addSnapshot(row)])
            FaultPoint.reach(ImageFault.snapshotRecorded)
        } catch {
            try? SnapshotFiles(paths: store.paths).discard(row.containerID, isLimited: row.size != nil, to: store.trash)
            throw error
        }
    }

    /// Forgets a snapshot and the layers that it alone kept; succeeds when there is none.
    func remove(containerID: String) async throws {
        try Self.check(containerID)
        let isRemoved = try await store.catalog.exclusively { [store] session in
            guard let row = session.catalog.snapshots[containerID] else { return false }
            let change = CatalogChange.removeSnapshot(containerID: containerID)
            let isLastUse = session.catalog.layersKept(by: row).contains { session.catalog.layerUses[$0] == $1 }
            let garbage = isLastUse ? session.catalog.garbage(after: [change]) : []
            let removal = ContentRemoval(store: store, catalog: session.catalog, changes: garbage)
            try session.commit([change] + garbage)
            FaultPoint.reach(ImageFault.snapshotForgotten)
            try SnapshotFiles(paths: store.paths).discard(containerID, isLimited: row.size != nil, to: store.trash)
            FaultPoint.reach(ImageFault.snapshotTrashed)
            try removal.run()
            return true
        }
        if isRemoved { store.emptyTrash() }
    }

    func list() -> [SnapshotRecord] {
        let catalog = store.catalog.catalog
        return catalog.snapshots.values.sorted { $0.containerID < $1.containerID }.map { catalog.record(of: $0, paths: store.paths) }
    }

    /// Throws notFound.
    func measure(containerID: String) async throws -> MeasureSnapshot.Response {
        let catalog = store.catalog.catalog
        guard let row = catalog.snapshots[containerID] else {
            throw RPCError(.notFound, "container \(containerID) has no snapshot")
        }
        let upper = store.paths.upper(containerID)
        let writable = try await BlockingWork.run { try SnapshotUsage.bytes(of: upper) }
        return .init(writable: writable, image: catalog.chain(from: row.topLayer).map(\.size).clampedSum())
    }

    /// An ID becomes the name of a directory.
    private static func check(_ containerID: String) throws(RPCError) {
        let isName = containerID.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        guard isName, (1...128).contains(containerID.utf8.count), !containerID.hasPrefix(".") else {
            throw RPCError(.invalidParameter, "invalid container ID '\(containerID.prefix(200))'")
        }
    }
}
