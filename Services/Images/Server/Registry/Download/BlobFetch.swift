// Fetches a blob into its file: over cuts, refusals and several endpoints, never the same byte twice.
import AsyncHTTPClient
import Models
import NIOCore
import NIOHTTP1
import ServiceKit

/// The writer of one download.
struct BlobFetch: Sendable {
    let descriptor: OCIDescriptor
    /// The first is asked first; the others when it fails.
    let clients: [RepositoryClient]
    let download: BlobDownload
    let rules: RetryRules

    /// Bytes that are written at once.
    private static let batch = 16 << 10

    /// Returns when the file has all bytes. Throws `RegistryFailure`, `SystemError`, `CancellationError`.
    func run() async throws {
        download.update { $0.isWaiting = false }
        try await BlockingWork.run { [download] in
            try download.file.begin()
            FaultPoint.reach(RegistryFault.downloadBegun)
        }
        let durability = DownloadDurability(file: download.file, from: download.status.received)
        do {
            try await fetch(durability)
        } catch {
            // What came is worth keeping, whatever becomes of the machine before the next attempt.
            await durability.keep(download.status.received)
            throw error
        }
        FaultPoint.reach(RegistryFault.downloadComplete)
        download.update { $0.isComplete = true }
        await durability.settle()
    }

    private func fetch(_ durability: DownloadDurability) async throws {
        var failed = 0, choice = 0
        while download.status.received < descriptor.size {
            let before = download.status.received
            do {
                try await attempt(clients[choice % clients.count], durability)
            } catch let failure as RegistryFailure {
                // An attempt that brought something doesn't count.
                failed = download.status.received > before ? 1 : failed + 1
                choice += 1
                guard let wait = rules.wait(after: failure, failed: failed) ?? nextEndpoint(after: failure, choice) else { throw failure }
                async let kept: Void = durability.keep(download.status.received)
                try await pause(wait, failure)
                await kept
            }
        }
    }

    /// What one endpoint refuses another may have.
    private func nextEndpoint(after failure: RegistryFailure, _ choice: Int) -> Duration? {
        if case .answer = failure, choice < clients.count { .zero } else { nil }
    }

    private func pause(_ wait: Duration, _ failure: RegistryFailure) async throws {
        let seconds = max(1, wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0))
        download.update { $0.retry = DownloadRetry(seconds: seconds, reason: failure.retryReason) }
        defer { download.update { $0.retry = nil } }
        try await Task.sleep(for: wait)
    }

    private func attempt(_ client: RepositoryClient, _ durability: DownloadDurability) async throws {
        let start = download.status.received
        var request = HTTPClientRequest(url: client.url("blobs/\(descriptor.digest)"))
        if start > 0 { request.headers.add(name: "Range", value: "bytes=\(start)-") }
        let response = try await client.send(request, expecting: start > 0 ? [200, 206] : [200])
        let plan = try BodyPlan(response, start: start, size: descriptor.size, url: request.url)
        do {
            try await take(response.body, skipping: plan.skipped, durability)
        } catch {
            throw error is SystemError ? error : RegistryTransport.failure(error, method: "GET", url: request.url)
        }
        if download.status.received < descriptor.size {
            throw RegistryFailure.transport(method: "GET", url: request.url, reason: "unexpected EOF")
        }
    }

    private func take(_ body: HTTPClientResponse.Body, skipping: Int64, _ durability: DownloadDurability) async throws {
        var toSkip = skipping, pending: [UInt8] = []
        pending.reserveCapacity(Self.batch + (64 << 10))
        do {
            for try await var buffer in body {
                let skip = Int(min(toSkip, Int64(buffer.readableBytes)))
                buffer.moveReaderIndex(forwardBy: skip)
                toSkip -= Int64(skip)
                pending += buffer.readableBytesView
                if pending.count < Self.batch { continue }
                try await write(&pending, durability)
            }
            try await write(&pending, durability)
        } catch {
            // What came before a cut counts.
            try await write(&pending, durability)
            throw error
        }
    }

    private func write(_ pending: inout [UInt8], _ durability: DownloadDurability) async throws {
        if pending.isEmpty { return }
        let bytes = pending, offset = download.status.received
        let end = offset + Int64(bytes.count)
        guard end <= descriptor.size else {
            throw RegistryFailure.content("\(descriptor.digest) has more than the \(descriptor.size) bytes that its manifest says")
        }
        try await BlockingWork.run { [file = download.file] in
            try file.append(bytes, at: offset)
            FaultPoint.reach(RegistryFault.downloadWritten)
            durability.wrote(to: end)
        }
        pending.removeAll(keepingCapacity: true)
        download.update { $0.received = end }
    }
}

/// What to do with the body of an answer to a request for a range.
struct BodyPlan: Sendable, Equatable {
    /// Bytes at its beginning that are there already.
    var skipped: Int64

    /// Throws `RegistryFailure` when the answer is about something else than was asked for.
    init(_ response: HTTPClientResponse, start: Int64, size: Int64, url: String) throws {
        try self.init(
            status: response.status.code, length: response.headers.first(name: "Content-Length").flatMap { Int64($0) },
            range: response.headers.first(name: "Content-Range"), start: start, size: size, url: url)
    }

    init(status: UInt, length: Int64?, range: String?, start: Int64, size: Int64, url: String) throws(RegistryFailure) {
        if status == 206 {
            guard let range, range.hasPrefix("bytes \(start)-") else {
                throw .content("\(url) answered with the range '\(range ?? "")' instead of the one from \(start) on")
            }
            if let total = range.split(separator: "/").last.flatMap({ Int64($0) }), total != size { throw Self.wrongSize(url, total, size) }
            skipped = 0
        } else {
            if let length, length != size { throw Self.wrongSize(url, length, size) }
            skipped = start
        }
    }

    private static func wrongSize(_ url: String, _ found: Int64, _ size: Int64) -> RegistryFailure {
        .content("\(url) has \(found) bytes instead of the \(size) that its manifest says")
    }
}

extension RegistryFailure {
    /// A few words for the progress line of a retry.
    var retryReason: String {
        switch self {
        case .answer(let answer) where answer.status == 429: "the registry limits its rate"
        case .answer(let answer): "the registry answered \(answer.status)"
        case .transport(_, _, let reason): reason
        default: "\(self)"
        }
    }
}
