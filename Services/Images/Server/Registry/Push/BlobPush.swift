// One blob on its way to a registry.
import Contracts
import Models
import ServiceKit

/// Sends a blob that the registry doesn't have, over cuts, and tells how it goes.
struct BlobPush: Sendable {
    let blob: PushedBlob
    let client: RepositoryClient
    /// Repositories of the same registry that were seen with the blob.
    let origins: [String]
    let rules: RetryRules
    let report: LayerPull.Report

    /// Throws `RegistryFailure`, `SystemError`, `CancellationError`.
    func run() async throws {
        if try await patiently({ try await client.hasBlob(blob.descriptor.digest) }) { return try await say("Layer already exists") }
        for origin in origins {
            guard case .mounted = try await client.allowing(origin).beginUpload(of: blob.descriptor.digest, mountingFrom: origin) else {
                continue
            }
            return try await say("Mounted from \(origin)")
        }
        guard
            case .upload(let upload) = try await patiently({
                try await client.beginUpload(of: blob.descriptor.digest, mountingFrom: nil)
            })
        else { return }
        FaultPoint.reach(RegistryFault.uploadBegun)
        try await send(upload)
        try await say("Pushed")
    }

    /// An attempt that brought the registry on doesn't count.
    private func send(_ begun: RepositoryClient.Upload) async throws {
        var upload = begun, failed = 0
        while upload.received < blob.descriptor.size {
            do {
                upload = try await told { [upload] in
                    try await client.send(blob.path, size: blob.descriptor.size, to: upload, onRead: $0)
                }
            } catch let failure as RegistryFailure {
                failed += 1
                guard let wait = rules.wait(after: failure, failed: failed) else { throw failure }
                try await pause(wait, failure)
                let now = try await patiently { [upload] in try await client.upload(after: upload, of: blob.descriptor.size) }
                if now.received > upload.received { failed = 0 }
                upload = now
            }
        }
        FaultPoint.reach(RegistryFault.uploadSent)
        try await client.finish(upload, digest: blob.descriptor.digest)
    }

    private func told<R: Sendable>(_ body: @Sendable (@escaping @Sendable (Int64) -> Void) async throws -> R) async throws -> R {
        let (counts, count) = AsyncStream.makeStream(of: Int64.self, bufferingPolicy: .bufferingNewest(1))
        async let telling: Void = tell(counts)
        do {
            let result = try await body { count.yield($0) }
            count.finish()
            try await telling
            return result
        } catch {
            count.finish()
            try await telling
            throw error
        }
    }

    private func tell(_ counts: AsyncStream<Int64>) async throws {
        var last: ContinuousClock.Instant?
        for await count in counts {
            if let last, count < blob.descriptor.size, .now - last < LayerLines.interval { continue }
            last = .now
            try await report(ImageProgress(id: blob.name, status: "Pushing", current: count, total: blob.descriptor.size))
        }
    }

    private func patiently<R: Sendable>(_ body: @Sendable () async throws -> R) async throws -> R {
        var failed = 0
        while true {
            do {
                return try await body()
            } catch let failure as RegistryFailure {
                failed += 1
                guard let wait = rules.wait(after: failure, failed: failed) else { throw failure }
                try await pause(wait, failure)
            }
        }
    }

    private func pause(_ wait: Duration, _ failure: RegistryFailure) async throws {
        let seconds = max(1, wait.components.seconds)
        try await say("Retrying in \(seconds) second\(seconds == 1 ? "" : "s"): \(failure.retryReason)")
        try await Task.sleep(for: wait)
    }

    private func say(_ words: String) async throws { try await report(ImageProgress(id: blob.name, status: words)) }
}
