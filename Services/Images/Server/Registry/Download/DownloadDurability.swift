// Brings a download's bytes to the disk without ever holding up the download.
import Synchronization

/// After the death of the service the kernel still has every byte that was written; only a loss of power takes those that aren't on
/// the disk. So the disk works from early on, what a broken-off download has is made durable, and a long one's from time to time.
final class DownloadDurability: Sendable {
    private struct State {
        var begun: Int64
        var kept: Int64
        var keeping: Task<Void, Never>?
    }

    private let file: PartialBlob
    private let state: Mutex<State>
    /// Bytes of which the writing to disk is begun at once, and bytes after which a long download is made durable as far as it is.
    private static let writebackPortion: Int64 = 16 << 20, keepPortion: Int64 = 512 << 20

    init(file: PartialBlob, from start: Int64) {
        self.file = file
        state = Mutex(State(begun: start, kept: start))
    }

    /// The file has all bytes up to here. Blocks for no disk.
    func wrote(to end: Int64) {
        let start: Int64? = state.withLock { state in
            if state.keeping == nil, end - state.kept >= Self.keepPortion {
                state.kept = end
                state.keeping = Task { await self.synchronize(end) }
            }
            guard end - state.begun >= Self.writebackPortion else { return nil }
            defer { state.begun = end }
            return state.begun
        }
        if let start { file.beginWriteback(from: start, to: end) }
    }

    /// Makes the bytes up to here durable, if they are any more than were.
    func keep(_ end: Int64) async {
        await settle()
        let isMore = state.withLock { state in
            defer { state.kept = max(state.kept, end) }
            return end > state.kept
        }
        if isMore { await synchronize(end) }
    }

    /// Waits for what goes on in the background: the file may be given away afterwards.
    func settle() async {
        while let keeping = state.withLock({ $0.keeping }) { await keeping.value }
    }

    /// A failure costs a fetch after a loss of power, and nothing else: the blob itself is made durable by whoever takes it.
    private func synchronize(_ end: Int64) async {
        try? await BlockingWork.run { [file] in try file.checkpoint(end) }
        state.withLock { $0.keeping = nil }
    }
}
