// Which volumes are mounted for which containers: the first use mounts, the last unmounts.
import Models
import RPC

/// Volumes with options. What is mounted follows the rows: a row comes before its mount and goes after it, so that a crash leaves at most
/// a row without a mount, which the next start takes away.
///
/// An actor, so that of two first uses one mounts; a server that doesn't answer holds back volumes with options only.
actor VolumeMounts {
    private let store: ImageStore
    /// Volumes that are being mounted, unmounted or filled, with who waits for it.
    private var busy: [String: [CheckedContinuation<Void, Never>]] = [:]

    init(store: ImageStore) { self.store = store }

    nonisolated var users: [String] { Set(store.catalog.catalog.volumeMounts.map(\.containerID)).sorted() }

    /// Throws `RPCError`: notFound, and why it can't be mounted.
    func mount(_ volume: String, for container: String) async throws {
        await begin(volume)
        defer { end(volume) }
        let use = VolumeUse(volume: volume, containerID: container)
        let (row, isFirst) = try await store.catalog.exclusively { session in
            let row = try Volumes.find(volume, session.catalog)
            let uses = session.catalog.volumeMounts.filter { $0.volume == volume }
            if !uses.contains(use) { try session.commit([.addVolumeUse(use)]) }
            return (row, uses.isEmpty)
        }
        guard isFirst, VolumeMount.isNeeded(row.options) else { return }
        let path = store.paths.volumeData(volume)
        do {
            try await BlockingWork.run { try VolumeMounting.mount(VolumeMount(row.options), at: path) }
        } catch {
            try await store.catalog.exclusively { try $0.commit([.removeVolumeUse(use)]) }
            throw error
        }
    }

    func unmount(container: String) async throws {
        for use in store.catalog.catalog.volumeMounts.filter({ $0.containerID == container }).sorted(by: { $0.volume < $1.volume }) {
            try await unmount(use)
        }
    }

    private func unmount(_ use: VolumeUse) async throws {
        await begin(use.volume)
        defer { end(use.volume) }
        let uses = store.catalog.catalog.volumeMounts.filter { $0.volume == use.volume }
        if uses == [use] {
            let path = store.paths.volumeData(use.volume)
            try await BlockingWork.run { try VolumeMounting.unmountAll(path) }
        }
        try await store.catalog.exclusively { try $0.commit([.removeVolumeUse(use)]) }
    }

    /// Runs `body` while nothing else is done to the volume: of two containers that are made at once, the second finds it filled.
    func alone(with volume: String, _ body: @Sendable () async throws -> Void) async throws {
        await begin(volume)
        defer { end(volume) }
        try await body()
    }

    private func begin(_ volume: String) async {
        while busy[volume] != nil {
            await withCheckedContinuation { busy[volume]?.append($0) }
        }
        busy[volume] = []
    }

    private func end(_ volume: String) {
        for waiting in busy.removeValue(forKey: volume) ?? [] { waiting.resume() }
    }
}
