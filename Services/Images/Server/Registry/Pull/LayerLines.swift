// The lines that Docker's client draws a layer's bar from.
import Contracts

/// Turns what is known of a layer into the lines that weren't said yet. Pure.
struct LayerLines: Sendable, Equatable {
    let name: String
    let total: Int64

    private enum Phase: Int, Comparable {
        case fresh, waiting, downloading, complete, extracting
        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private var phase = Phase.fresh
    private var lastCount: Int64 = -1
    private var lastTime: ContinuousClock.Instant?
    private var shownRetry: DownloadRetry?

    /// Between two lines that only count.
    static let interval = Duration.milliseconds(100)

    init(name: String, total: Int64) {
        self.name = name
        self.total = total
    }

    /// `unpacked`: bytes that were taken out of the download so far.
    mutating func lines(_ status: DownloadStatus, unpacked: Int64, now: ContinuousClock.Instant) -> [ImageProgress] {
        if status.isComplete { return completing(unpacked, now) }
        if status.isWaiting { return enter(.waiting, "Waiting") }
        if let retry = status.retry {
            defer { shownRetry = retry }
            return retry == shownRetry ? [] : [line("Retrying in \(retry.seconds) second\(retry.seconds == 1 ? "" : "s"): \(retry.reason)")]
        }
        shownRetry = nil
        return count(.downloading, "Downloading", status.received, now)
    }

    private mutating func completing(_ unpacked: Int64, _ now: ContinuousClock.Instant) -> [ImageProgress] {
        var lines: [ImageProgress] = []
        if phase < .complete {
            phase = .complete
            lastTime = nil
            lines = [line("Verifying Checksum"), line("Download complete")]
        }
        return lines + count(.extracting, "Extracting", unpacked, now)
    }

    private mutating func enter(_ next: Phase, _ words: String) -> [ImageProgress] {
        guard phase < next else { return [] }
        phase = next
        return [line(words)]
    }

    private mutating func count(_ next: Phase, _ words: String, _ bytes: Int64, _ now: ContinuousClock.Instant) -> [ImageProgress] {
        if phase < next { (phase, lastTime, lastCount) = (next, nil, -1) }
        if let lastTime, bytes < total, now - lastTime < Self.interval { return [] }
        guard bytes != lastCount else { return [] }
        (lastTime, lastCount) = (now, bytes)
        return [ImageProgress(id: name, status: words, current: bytes, total: total)]
    }

    private func line(_ words: String) -> ImageProgress { ImageProgress(id: name, status: words) }
}
