// Volumes: made, listed, measured, removed.
import Contracts
import Models
import RPC
import ServiceKit

/// Each is a directory and a row. The directory comes before the row and goes after it, as with everything in the store.
struct Volumes: Sendable {
    let store: ImageStore

    /// Throws `RPCError`: `invalidParameter`, notFound, conflict.
    func create(_ request: CreateVolume.Request) async throws -> CreateVolume.Response {
        var request = request
        if request.name.isEmpty {
            request.name = VolumeName.random()
            request.labels[VolumeRecord.anonymousLabel] = ""
        }
        try VolumeName.check(request.name)
        let row = VolumeRow(name: request.name, labels: request.labels, options: request.options, createdAt: Timestamp.now())
        let driver = request.driver
        return try await store.catalog.exclusively { [store] session in
            if let present = session.catalog.volumes[row.name] {
                guard Self.isLocal(driver) else {
                    throw RPCError(.conflict, "create \(row.name): conflict: volume name must be unique")
                }
                return .init(volume: record(of: present), isNew: false)
            }
            guard Self.isLocal(driver) else {
                throw RPCError(
                    .notFound, "create \(row.name): error looking up volume plugin \(driver): plugin \"\(driver)\" not found")
            }
            do throws(RPCError) {
                try VolumeMount.check(row.options)
            } catch {
                throw RPCError(.invalidParameter, "create \(row.name): \(error.message)")
            }
            try Self.make(row, store, session)
            return .init(volume: record(of: row), isNew: true)
        }
    }

    private static func isLocal(_ driver: String) -> Bool { driver.isEmpty || driver == VolumeRecord.localDriver }

    private static func make(_ row: VolumeRow, _ store: ImageStore, _ session: CatalogStore.Session) throws {
        let directory = store.paths.volume(row.name)
        do {
            try NewDirectory.ensure(directory, 0o701)
            try limit(directory, row)
            try NewDirectory.ensure(store.paths.volumeData(row.name), 0o755)
            try Descriptor.directory(directory).synchronize(directory)
            try Descriptor.directory(store.paths.volumes).synchronize(store.paths.volumes)
            FaultPoint.reach(ImageFault.volumeMade)
            try session.commit([.addVolume(row)])
            FaultPoint.reach(ImageFault.volumeRecorded)
        } catch {
            try? discard(row.name, store)
            throw error
        }
    }

    private static func limit(_ directory: String, _ row: VolumeRow) throws {
        guard let size = row.options["size"].flatMap(ByteCount.parse) else { return }
        do {
            try ProjectQuota().limit(directory, bytes: size)
        } catch let error as RPCError {
            throw RPCError(error.code, "create \(row.name): quota size requested but no quota support: \(error.message)")
        }
    }

    func list() -> [VolumeRecord] {
        store.catalog.catalog.volumes.values.sorted { $0.name < $1.name }.map(record)
    }

    /// Throws notFound in Docker's words.
    static func find(_ name: String, _ catalog: Catalog) throws(RPCError) -> VolumeRow {
        guard let row = catalog.volumes[name] else { throw RPCError(.notFound, "get \(name): no such volume") }
        return row
    }

    func record(of row: VolumeRow) -> VolumeRecord {
        VolumeRecord(
            name: row.name, driver: VolumeRecord.localDriver, mountpoint: store.paths.volumeData(row.name), labels: row.labels,
            options: row.options, createdAt: row.createdAt)
    }

    /// Throws notFound, and conflict while it is mounted for a container.
    func remove(_ name: String) async throws {
        try await store.catalog.exclusively { [store] session in
            let row = try Self.find(name, session.catalog)
            if let user = session.catalog.volumeMounts.first(where: { $0.volume == name }) {
                throw RPCError(.conflict, "remove \(name): volume is in use - [\(user.containerID)]")
            }
            try session.commit([.removeVolume(name: row.name)])
            FaultPoint.reach(ImageFault.volumeForgotten)
            try Self.discard(row.name, store)
            FaultPoint.reach(ImageFault.volumeTrashed)
        }
        store.emptyTrash()
    }

    /// Moves a volume's directory to the trash, and nothing that is mounted over it.
    static func discard(_ name: String, _ store: ImageStore) throws(SystemError) {
        try VolumeMounting.unmountAll(store.paths.volumeData(name))
        do throws(SystemError) { try ProjectQuota().lift(store.paths.volume(name)) } catch { /* A file system without projects. */  }
        try store.trash.take(path: store.paths.volume(name))
    }

    func measure(_ names: [String]) async throws -> [String: Int64] {
        let catalog = store.catalog.catalog
        var sizes: [String: Int64] = [:]
        for name in names {
            guard let row = catalog.volumes[name] else { continue }
            let path = store.paths.volumeData(name)
            sizes[name] = !VolumeMount.isNeeded(row.options) ? try await BlockingWork.run { try SnapshotUsage.bytes(of: path) } : -1
        }
        return sizes
    }
}
