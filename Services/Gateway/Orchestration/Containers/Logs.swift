// Logs: read from the file that the shim writes, so that a stopped container's can be read too.
import ContainerLog
import GatewayBackends
import GatewayState
import Models
import RPC
import Synchronization

extension ContainerEngine {
    /// Errors: `invalidParameter` when the container logs nowhere.
    func logs(_ live: LiveContainer, _ options: GatewayBackends.LogOptions) throws(RPCError) -> GatewayBackends.LogStream {
        let record = try current(live)
        guard record.hostConfig.logConfig.type != "none" else {
            throw RPCError(.notImplemented, "configured logging driver does not support reading")
        }
        let source = try LogSource(path: record.definition.logPath, options: options, live: live, store: store)
        return GatewayBackends.LogStream(
            isTerminal: record.config.tty, batches: AsyncThrowingStream(unfolding: { try await source.next() }))
    }
}

/// Reads a container's log in batches, and goes on while the container runs if it is followed.
private final class LogSource: Sendable {
    private static let batch = 256
    /// Milliseconds between looks at a log that doesn't grow: the first ones soon, then fewer.
    private static let pauses = 5...160

    private struct State {
        var reader: LogReader
        var pause = pauses.lowerBound
        /// Everything that was asked for has been read.
        var isFinished = false
    }

    private let state: Mutex<State>
    private let options: GatewayBackends.LogOptions
    private let live: LiveContainer
    private let store: ContainerStore

    init(path: String, options: GatewayBackends.LogOptions, live: LiveContainer, store: ContainerStore) throws(RPCError) {
        self.options = options
        self.live = live
        self.store = store
        let selection = LogSelection(tail: options.tail, since: options.since, until: options.until, follows: options.follow)
        do throws(LogFailure) {
            state = Mutex(State(reader: try LogReader(path: path, selection: selection)))
        } catch {
            throw RPCError(.internalError, "the log can't be read: \(error)")
        }
    }

    /// nil at the end: of the log, of the time asked for, or of the followed container.
    func next() async throws -> [GatewayBackends.LogEntry]? {
        while !Task.isCancelled {
            // In this order: what was written before the container ended is found by the read that follows.
            let exit = live.nextExit
            let isRunning = store[live.id]?.state.isActive == true
            // Disks may be slow: the connection's event loop carries others' bytes, too.
            let (entries, isFinished) = await withTaskExecutorPreference(globalConcurrentExecutor) { read() }
            if !entries.isEmpty { return entries }
            if isFinished || !isRunning || isPastEnd { return nil }
            try await pause(exit)
        }
        return nil
    }

    private func read() -> (entries: [GatewayBackends.LogEntry], isFinished: Bool) {
        state.withLock { state in
            var entries: [GatewayBackends.LogEntry] = []
            while !state.isFinished, entries.count < Self.batch {
                guard let entry = state.reader.next() else {
                    // Unless it is followed, the log ends where it ends now, however fast it grows.
                    state.isFinished = state.reader.isFinished || !options.follow
                    break
                }
                guard wants(entry.stream) else { continue }
                entries.append(
                    GatewayBackends.LogEntry(
                        source: entry.stream == .stdout ? .stdout : .stderr, time: entry.timeNanoseconds, bytes: entry.bytes,
                        attributes: entry.attrs))
            }
            state.pause = entries.isEmpty ? min(state.pause * 2, Self.pauses.upperBound) : Self.pauses.lowerBound
            return (entries, state.isFinished)
        }
    }

    private func wants(_ stream: ContainerLog.LogStream) -> Bool {
        stream == .stdout ? options.stdout : options.stderr
    }

    private var isPastEnd: Bool { options.until.map { WallClock.now() > $0 } ?? false }

    /// The container's end wakes it early.
    private func pause(_ exit: Promise<ExitOutcome>) async throws {
        let milliseconds = state.withLock { $0.pause }
        _ = try await exit.value(within: .milliseconds(milliseconds))
    }
}
