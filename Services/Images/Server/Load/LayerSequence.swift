// The layers of one image: unpacked side by side, published in order.
import Contracts
import Glibc
import Models

/// Brings all layers of a planned image into the store. Those that are there already cost nothing.
struct LayerSequence: Sendable {
    let ingest: Ingest
    let image: PlannedImage
    /// The image's place in its archive.
    let index: Int
    /// nil keeps quiet.
    let report: (@Sendable (ImageProgress) async throws -> Void)?

    /// Layers that are unpacked at the same time: each keeps two threads busy.
    private static let width = max(1, min(4, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    /// Returns the chain ID of the uppermost layer, nil for an image without layers.
    func run() async throws -> ContentDigest? {
        let chain = ChainID.all(image.layers.map(\.diffID))
        var missing: [Int] = []
        for (position, layer) in image.layers.enumerated() where try await !ingest.hold(chain[position], blob: layer.blob) {
            missing.append(position)
        }
        try await bringIn(missing, chain)
        return chain.last
    }

    private func bringIn(_ missing: [Int], _ chain: [ContentDigest]) async throws {
        try await withThrowingTaskGroup(of: (Int, StagedLayer).self) { group in
            var waiting = missing[...], toPublish = missing[...]
            var staged: [Int: StagedLayer] = [:]
            for _ in 0..<Self.width { try await start(&waiting, &group) }
            while let (position, layer) = try await group.next() {
                staged[position] = layer
                try await start(&waiting, &group)
                while let next = toPublish.first, let ready = staged.removeValue(forKey: next) {
                    _ = try await ingest.publish(ready, above: next == 0 ? nil : chain[next - 1])
                    try await progress(next, isDone: true)
                    toPublish.removeFirst()
                }
            }
        }
    }

    private func start(_ waiting: inout ArraySlice<Int>, _ group: inout ThrowingTaskGroup<(Int, StagedLayer), any Error>) async throws {
        guard let position = waiting.popFirst() else { return }
        try await progress(position, isDone: false)
        let layer = image.layers[position]
        let input = LayerInput(
            open: { try FileSource(path: layer.file.path) }, adoptable: layer.file.path, expectedBlob: layer.blob,
            expectedDiffID: layer.diffID)
        let number = index * 1000 + position
        group.addTask { [staging = ingest.staging] in (position, try await staging.stage(input, index: number)) }
    }

    private func progress(_ position: Int, isDone: Bool) async throws {
        let layer = image.layers[position]
        try await report?(
            ImageProgress(
                id: layer.diffID.short, status: "Loading layer", current: isDone ? layer.file.size : 0, total: layer.file.size))
    }
}
