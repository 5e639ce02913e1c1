// Stats: looks at a container's counters, once or one a second.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    func stats(of live: LiveContainer, isLive: Bool, isOneShot: Bool) -> AsyncThrowingStream<ContainerStats, any Error> {
        let series = StatsSeries(engine: self, live: live, isLive: isLive, isOneShot: isOneShot)
        return AsyncThrowingStream(unfolding: { try await series.next() })
    }
}

/// The answers to one request, in turn.
private actor StatsSeries {
    private static let interval = Duration.seconds(1)
    /// How long a shim may take for its counters.
    private static let patience = Duration.seconds(5)

    private let engine: ContainerEngine
    private let live: LiveContainer
    private let isLive: Bool
    private let isOneShot: Bool
    private var previous: StatsSample?
    private var count = 0

    init(engine: ContainerEngine, live: LiveContainer, isLive: Bool, isOneShot: Bool) {
        self.engine = engine
        self.live = live
        self.isLive = isLive
        self.isOneShot = isOneShot
    }

    /// nil after the last: the only one asked for, or when the container is gone.
    func next() async throws -> ContainerStats? {
        guard isLive || count == 0 else { return nil }
        if count > 0 { try await Task.sleep(for: Self.interval) }
        count += 1
        if !isLive, !isOneShot, let first = try await sample() {
            // A rate needs two looks.
            previous = first
            try await Task.sleep(for: Self.interval)
        }
        guard let record = engine.store[live.id] else { return nil }
        guard let sample = try await sample() else {
            previous = nil
            return StatsView.empty(record)
        }
        defer { previous = sample }
        return StatsView.stats(record, sample, previous: previous)
    }

    /// nil when the container doesn't run.
    private func sample() async throws -> StatsSample? {
        guard engine.store[live.id]?.state.process != nil else { return nil }
        do {
            return try await engine.shim(of: live).stats(.fresh(timeout: Self.patience))
        } catch let error as RPCError where error.code == .conflict || error.code == .unavailable {
            // It has ended just now.
            return nil
        }
    }
}
