// The layers of one image: pulled side by side, published in order.
import Contracts
import Models

/// Brings all layers of an image into the store. Those that are there already cost nothing.
struct LayerPulls: Sendable {
    let ingest: Ingest
    let layers: [PulledLayer]
    let joined: JoinedDownloads
    let clients: [RepositoryClient]
    let rules: RetryRules
    let report: LayerPull.Report

    /// Layers that are downloaded, or unpacked, at the same time: more wait.
    private static let width = 6

    /// What came of it.
    struct Outcome: Sendable, Equatable {
        /// Every layer is in the store as the blob that the manifest names.
        var hasAllBlobs = true
        var wasAnyMissing = false
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        var missing: [Int] = []
        for (position, layer) in layers.enumerated() {
            if try await ingest.hold(layer.chainID, blob: layer.descriptor.digest) {
                try await say(layer, "Already exists")
            } else if try await ingest.hold(layer.chainID, blob: nil) {
                outcome.hasAllBlobs = false
                try await say(layer, "Already exists")
            } else {
                missing.append(position)
                try await say(layer, "Pulling fs layer")
            }
        }
        outcome.wasAnyMissing = !missing.isEmpty
        try await bringIn(missing)
        return outcome
    }

    private func bringIn(_ missing: [Int]) async throws {
        try await withThrowingTaskGroup(of: (Int, StagedLayer).self) { group in
            var waiting = missing[...], toPublish = missing[...]
            var staged: [Int: StagedLayer] = [:]
            for _ in 0..<Self.width { start(&waiting, &group) }
            while let (position, layer) = try await group.next() {
                staged[position] = layer
                start(&waiting, &group)
                while let next = toPublish.first, let ready = staged.removeValue(forKey: next) {
                    _ = try await ingest.publish(ready, above: next == 0 ? nil : layers[next - 1].chainID)
                    try await say(layers[next], "Pull complete")
                    toPublish.removeFirst()
                }
            }
        }
    }

    private func start(_ waiting: inout ArraySlice<Int>, _ group: inout ThrowingTaskGroup<(Int, StagedLayer), any Error>) {
        guard let position = waiting.popFirst() else { return }
        let pull = LayerPull(
            layer: layers[position], index: position, downloads: joined.downloads, clients: clients, rules: rules,
            staging: ingest.staging, report: report)
        group.addTask { [joined] in
            (position, try await pull.run(try await joined.join(pull.layer.descriptor, pull.fetch)))
        }
    }

    private func say(_ layer: PulledLayer, _ words: String) async throws {
        try await report(ImageProgress(id: layer.name, status: words))
    }
}
