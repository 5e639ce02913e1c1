// A blob on its way in: one writer, any number of readers and onlookers.
import Dispatch
import Models
import Synchronization

/// What is known of a download at one moment.
struct DownloadStatus: Sendable, Equatable {
    var isWaiting = true
    /// Bytes in the file, those of earlier attempts included.
    var received: Int64 = 0
    /// Set while another attempt is waited for.
    var retry: DownloadRetry?
    var isComplete = false
}

/// Why a download pauses, and how long.
struct DownloadRetry: Sendable, Equatable {
    var seconds: Int64
    var reason: String
}

/// The file that a download fills, and how far it is. Whoever reads ahead of it waits.
final class BlobDownload: Sendable {
    let file: PartialBlob
    let size: Int64

    private struct State {
        var status = DownloadStatus()
        var failure: (any Error)?
        var wakes: [UInt64: @Sendable () -> Void] = [:]
        var nextWake: UInt64 = 0
    }

    private let state: Mutex<State>

    init(file: PartialBlob, size: Int64) {
        self.file = file
        self.size = size
        var state = State()
        state.status.received = file.resumedLength
        self.state = Mutex(state)
    }

    var status: DownloadStatus { state.withLock { $0.status } }
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// The writer's.
    func update(_ change: (inout DownloadStatus) -> Void) {
        let wakes = state.withLock { state in
            change(&state.status)
            return Array(state.wakes.values)
        }
        for wake in wakes { wake() }
    }

    /// The writer gave up.
    func fail(_ error: any Error) {
        let wakes = state.withLock { state in
            state.failure = error
            return Array(state.wakes.values)
        }
        for wake in wakes { wake() }
    }

    /// Has `wake` called at every change until `stopWatching`.
    func watch(_ wake: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.nextWake += 1
            state.wakes[state.nextWake] = wake
            return state.nextWake
        }
    }

    func stopWatching(_ number: UInt64) {
        state.withLock { $0.wakes[number] = nil }
    }
}

/// Reads a blob from its beginning while it is still coming in.
final class DownloadSource: ByteSource, Sendable {
    private static let pieceSize = 1 << 20

    private let download: BlobDownload
    private let offset = Atomic<Int64>(0)
    private let isCancelled = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)
    private let onRead: @Sendable () -> Void

    init(_ download: BlobDownload, onRead: @escaping @Sendable () -> Void = {}) {
        self.download = download
        self.onRead = onRead
    }

    /// Bytes that were read so far.
    var position: Int64 { offset.load(ordering: .relaxed) }

    /// Ends a wait for bytes; from any thread.
    func cancel() {
        isCancelled.store(true, ordering: .sequentiallyConsistent)
        semaphore.signal()
    }

    /// Blocks until there are bytes. Throws what the download failed with.
    func next() throws -> [UInt8]? {
        let watch = download.watch { [semaphore] in semaphore.signal() }
        defer { download.stopWatching(watch) }
        while true {
            if isCancelled.load(ordering: .sequentiallyConsistent) { throw CancellationError() }
            let status = download.status, start = position
            if status.received > start {
                let bytes = try download.file.read(at: start, count: Int(min(Int64(Self.pieceSize), status.received - start)))
                offset.store(start + Int64(bytes.count), ordering: .relaxed)
                onRead()
                return bytes
            }
            if status.isComplete { return nil }
            if let failure = download.failure { throw failure }
            semaphore.wait()
        }
    }
}
