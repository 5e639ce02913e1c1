// All downloads of the service: one for each blob, whoever wants it.
import Models

/// Shares downloads between pulls. A download goes on as long as somebody wants it, and its file stays when nobody does.
actor Downloads {
    private struct Entry {
        let download: BlobDownload
        let task: Task<Void, Never>
        var users: Int
        /// One of them has seen the blob into the store.
        var isStored = false
    }

    private let paths: StorePaths
    private let slots: DownloadSlots
    private var entries: [ContentDigest: Entry] = [:]
    /// Blobs whose last user has left and whose writer may not have stopped yet.
    private var leaving: [ContentDigest: Task<Void, Never>] = [:]

    init(paths: StorePaths, width: Int) {
        self.paths = paths
        slots = DownloadSlots(width: width)
    }

    /// How many layers come at once from now on.
    func resize(to width: Int) async { await slots.resize(to: width) }

    /// Joins the download of a blob, or begins it by the fetch that `make` gives. Every `join` wants a `leave`. Throws `SystemError`.
    func join(_ descriptor: OCIDescriptor, _ make: @Sendable (BlobDownload) -> BlobFetch) async throws -> BlobDownload {
        while let ending = leaving[descriptor.digest] {
            await ending.value
            await Task.yield()
        }
        if let entry = entries[descriptor.digest] {
            entries[descriptor.digest]?.users += 1
            return entry.download.failure == nil ? entry.download : try begin(descriptor, users: entry.users + 1, make)
        }
        return try begin(descriptor, users: 1, make)
    }

    /// For a user whose download failed, or brought bytes that were no good: another one, if nobody has begun that already. A download
    /// that didn't fail of itself begins with nothing. Throws `SystemError`.
    func again(
        _ descriptor: OCIDescriptor, insteadOf download: BlobDownload, _ make: @Sendable (BlobDownload) -> BlobFetch
    ) async throws -> BlobDownload {
        if let entry = entries[descriptor.digest], entry.download === download { await entry.task.value }
        guard let entry = entries[descriptor.digest] else { return try await join(descriptor, make) }
        // Whoever replaced it has kept the count of users.
        guard entry.download === download else { return entry.download }
        if download.failure == nil {
            download.fail(RegistryFailure.content("filesystem layer verification failed for digest \(descriptor.digest)"))
            try download.file.clear()
        }
        return try begin(descriptor, users: entry.users, make)
    }

    private func begin(
        _ descriptor: OCIDescriptor, users: Int, _ make: @Sendable (BlobDownload) -> BlobFetch
    ) throws -> BlobDownload {
        let file = try PartialBlob(paths: paths, digest: descriptor.digest, size: descriptor.size)
        let download = BlobDownload(file: file, size: descriptor.size)
        let fetch = make(download)
        let task = Task { [slots] in await Self.run(fetch, slots) }
        let isStored = entries[descriptor.digest]?.isStored ?? false
        entries[descriptor.digest] = Entry(download: download, task: task, users: users, isStored: isStored)
        return download
    }

    private static func run(_ fetch: BlobFetch, _ slots: DownloadSlots) async {
        do {
            try await slots.enter()
            do {
                try await fetch.run()
            } catch {
                await slots.leave()
                throw error
            }
            await slots.leave()
        } catch {
            fetch.download.fail(error)
        }
    }

    /// The last to leave ends what is still going on. The file goes once the store has the blob (`isStored`) by any of them, and stays
    /// otherwise.
    func leave(_ digest: ContentDigest, isStored: Bool) async {
        guard var entry = entries[digest] else { return }
        entry.users -= 1
        entry.isStored = entry.isStored || isStored
        guard entry.users == 0 else {
            entries[digest] = entry
            return
        }
        entries[digest] = nil
        entry.task.cancel()
        leaving[digest] = entry.task
        await entry.task.value
        leaving[digest] = nil
        if entry.isStored { PartialBlob.remove(paths: paths, digest: digest) }
    }
}
