// Looks for damage in the store, and repairs it when asked to.
import Contracts
import Models
import ServiceKit

/// One check: blobs first, since layers are judged by them.
struct StoreCheck: Sendable {
    typealias Report = @Sendable (CheckImages.Finding) async throws -> Void

    let around: PullCircumstances
    let repair: BlobRepair?
    let report: Report

    /// Throws `DatabaseError`, `SystemError`, `CancellationError`; damage is told and not thrown.
    func run() async throws -> CheckImages.Response {
        var response = CheckImages.Response(blobs: 0, layers: 0, bytes: 0, damaged: 0)
        var damaged: Set<ContentDigest> = []
        for blob in around.store.catalog.catalog.blobs.values.sorted(by: { $0.digest.hex < $1.digest.hex }) {
            try Task.checkCancellation()
            response.blobs += 1
            response.bytes += blob.size
            guard let problem = try await problem(of: blob) else { continue }
            let finding = await repaired(blob, problem)
            try await report(finding)
            if !finding.isRepaired { damaged.insert(blob.digest) }
        }
        response.damaged = damaged.count
        for layer in around.store.catalog.catalog.layers.values.sorted(by: { $0.link < $1.link }) {
            try Task.checkCancellation()
            response.layers += 1
            guard let finding = try await finding(of: layer, without: damaged) else { continue }
            try await report(finding)
            if !finding.isRepaired { response.damaged += 1 }
        }
        return response
    }

    /// nil for a blob that is whole, or that was removed meanwhile.
    private func problem(of blob: BlobRow) async throws -> String? {
        let path = around.store.paths.blob(blob.digest.hex)
        let problem: String? = try await BlockingWork.run {
            do {
                let digest = DigestSource(try FileSource(path: path))
                try digest.drain()
                if digest.count != blob.size { return "it has \(digest.count) bytes instead of \(blob.size)" }
                return digest.digest == blob.digest ? nil : "its digest is \(digest.digest)"
            } catch {
                return "it can't be read: \(error)"
            }
        }
        return around.store.catalog.catalog.blobs[blob.digest] == nil ? nil : problem
    }

    private func repaired(_ blob: BlobRow, _ problem: String) async -> CheckImages.Finding {
        var finding = CheckImages.Finding(kind: .blob, id: blob.digest.description, problem: problem)
        guard let repair else { return finding }
        do {
            finding.remark = "fetched again from \(try await repair.run(blob))"
            finding.isRepaired = true
        } catch {
            finding.remark = "it can't be fetched again: \(error)"
        }
        return finding
    }

    private func finding(of layer: LayerRow, without damaged: Set<ContentDigest>) async throws -> CheckImages.Finding? {
        let blobs = around.store.catalog.catalog.blobs.values.filter { $0.diffID == layer.diffID }
        guard let blob = blobs.first(where: { !damaged.contains($0.digest) }) else {
            guard around.store.catalog.catalog.layers[layer.chainID] != nil else { return nil }
            return .init(kind: .layer, id: layer.chainID.description, problem: "its files can't be verified without its blob")
        }
        return try await Ingest.run(.checkStore, store: around.store, limits: around.limits) { ingest in
            guard try await ingest.hold(layer.chainID, blob: blob.digest) else { return nil }
            return try await compare(layer, blob, ingest)
        }
    }

    /// Unpacks the blob once more and compares; with a repair, what differs is replaced.
    private func compare(_ layer: LayerRow, _ blob: BlobRow, _ ingest: Ingest) async throws -> CheckImages.Finding? {
        let path = around.store.paths.blob(blob.digest.hex)
        let input = LayerInput(
            open: { try FileSource(path: path) }, adoptable: path, expectedBlob: blob.digest, expectedDiffID: layer.diffID)
        let staged = try await ingest.staging.stage(input, index: 0)
        let comparison = TreeComparison(
            actual: "\(around.store.paths.layer(layer.chainID.hex))/\(StorePaths.diff)", expected: "\(staged.directory)/\(StorePaths.diff)")
        let isRepairing = repair != nil
        return try await BlockingWork.run { [trash = around.store.trash] in
            let differences = try comparison.run()
            guard let first = differences.first else { return nil }
            let more = differences.count > 1 ? ", and \(differences.count - 1) more" : ""
            var finding = CheckImages.Finding(kind: .layer, id: layer.chainID.description, problem: "\(first)\(more)")
            guard isRepairing else { return finding }
            do {
                try comparison.repair(differences, trash: trash)
                finding.isRepaired = true
                finding.remark = "put right from its blob"
            } catch {
                finding.remark = "it can't be put right: \(error)"
            }
            return finding
        }
    }
}
