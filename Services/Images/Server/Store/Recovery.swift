// Makes the store whole after any end of the process before, SIGKILL and loss of power included.
import Glibc
import Logging
import Models
import RPC

/// Converges files and records, once, before anything is served.
///
/// Records decide. Work in progress is given up, with what only it needed. A file that no record claims goes to the trash: that covers
/// creation (a file comes before its record) and removal (a file goes after its record) alike.
struct Recovery: Sendable {
    let store: ImageStore

    /// Throws `SystemError` and `DatabaseError`.
    func run() async throws {
        try await store.catalog.exclusively { session in
            try giveUpIntents(session)
            let catalog = session.catalog
            try sweep(store.paths.staging) { _ in false }
            try sweep(store.paths.blobs) { catalog.blobs[ContentDigest(sha256: $0)] != nil }
            let kept: Set<String> = ["l", StorePaths.initName]
            try sweep(store.paths.layers) { kept.contains($0) || catalog.layers[ContentDigest(sha256: $0)] != nil }
            try sweepSnapshots(catalog)
            try sweepVolumes(catalog)
            try dropVolumeUses(session)
            try restoreLinks(catalog)
            try restoreSnapshots(catalog)
            reportDamage(catalog)
            try InitLayer(paths: store.paths, trash: store.trash).prepare()
        }
        store.emptyTrash()
    }

    private func giveUpIntents(_ session: CatalogStore.Session) throws {
        let closing = session.catalog.intents.keys.sorted().map { CatalogChange.closeIntent($0) }
        try session.commit(closing + session.catalog.garbage(after: closing))
    }

    private func sweep(_ directory: String, isClaimed: (String) -> Bool) throws(SystemError) {
        for name in try DirectoryListing.names(path: directory) where !isClaimed("\(name)") {
            store.logger.info("sweeping what no record claims", metadata: ["path": "\(directory)/\(name)"])
            try store.trash.take(path: "\(directory)/\(name)")
        }
    }

    private func sweepSnapshots(_ catalog: Catalog) throws(SystemError) {
        for name in try DirectoryListing.names(path: store.paths.snapshots).map(\.description) where catalog.snapshots[name] == nil {
            store.logger.info("sweeping what no record claims", metadata: ["path": "\(store.paths.snapshot(name))"])
            try SnapshotFiles(paths: store.paths).discard(name, isLimited: true, to: store.trash)
        }
    }

    /// Something may be mounted over a volume: that is never swept with it.
    private func sweepVolumes(_ catalog: Catalog) throws(SystemError) {
        for name in try DirectoryListing.names(path: store.paths.volumes).map(\.description) where catalog.volumes[name] == nil {
            store.logger.info("sweeping what no record claims", metadata: ["path": "\(store.paths.volume(name))"])
            try Volumes.discard(name, store)
        }
        for name in catalog.volumes.keys {
            try NewDirectory.ensure(store.paths.volume(name), 0o701)
            try NewDirectory.ensure(store.paths.volumeData(name), 0o755)
            finishFilling(name)
        }
    }

    /// What fails here is tried again, and told, when the volume is next filled.
    private func finishFilling(_ volume: String) {
        do throws(SystemError) {
            try VolumeCopyUp(paths: store.paths, trash: store.trash, volume: volume).converge()
        } catch {
            store.logger.error("a volume isn't filled as it was begun", metadata: ["volume": "\(volume)", "error": "\(error)"])
        }
    }

    /// A use whose mount went with the host's end, or never came to be.
    private func dropVolumeUses(_ session: CatalogStore.Session) throws {
        let mounted = try VolumeMounting.points(below: store.paths.volumes)
        let lost = session.catalog.volumeMounts.filter { !mounted.contains(store.paths.volumeData($0.volume)) }
        try session.commit(lost.map { .removeVolumeUse($0) })
    }

    /// Links are never synchronised on their own: they follow from the records.
    private func restoreLinks(_ catalog: Catalog) throws(SystemError) {
        var wanted = [StorePaths.linkName(0): StorePaths.linkTarget(StorePaths.initName)]
        for layer in catalog.layers.values { wanted[StorePaths.linkName(layer.link)] = StorePaths.linkTarget(layer.chainID.hex) }
        for name in try DirectoryListing.names(path: store.paths.links) {
            let path = "\(store.paths.links)/\(name)"
            if wanted["\(name)"] == readLink(path) { wanted["\(name)"] = nil } else { try store.trash.take(path: path) }
        }
        for (name, target) in wanted {
            let path = "\(store.paths.links)/\(name)"
            if symlink(target, path) < 0 { throw SystemError(call: "symlink", path: path, code: errno) }
        }
    }

    private func readLink(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let length = readlink(path, &buffer, buffer.count)
        guard length > 0, length < buffer.count else { return nil }
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A snapshot's record may have outlived its directories through a loss of power: then nothing had been written there yet.
    /// A limit that the file system doesn't keep any more is told of; the container's files are there all the same.
    private func restoreSnapshots(_ catalog: Catalog) throws {
        let files = SnapshotFiles(paths: store.paths)
        for row in catalog.snapshots.values {
            do {
                try files.make(row.containerID, size: row.size)
            } catch let error as RPCError {
                let facts: Logger.Metadata = ["container": "\(row.containerID)", "reason": "\(error.message)"]
                store.logger.error("a container's size isn't limited", metadata: facts)
                try files.make(row.containerID, size: nil)
            }
        }
    }

    /// Nothing can be done here about a layer that was deleted by hand; its images say so when they are used.
    private func reportDamage(_ catalog: Catalog) {
        for layer in catalog.layers.values where access("\(store.paths.layer(layer.chainID.hex))/\(StorePaths.diff)", F_OK) != 0 {
            store.logger.error(
                "a layer's files are gone; remove the images that use it and load them again",
                metadata: ["layer": "\(layer.chainID)"])
        }
    }
}
