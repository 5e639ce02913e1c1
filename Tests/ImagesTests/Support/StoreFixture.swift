// An image service on a store of its own.
import Contracts
import Foundation
@testable import ImagesServer
import Logging
import Models
import Synchronization

/// A store in a temporary directory, with what tests ask of it.
struct StoreFixture: Sendable {
    let service: ImageService
    let paths: StorePaths

    static func with<R>(
        settings: ImageSettings = .standard, isolation: isolated (any Actor)? = #isolation, _ body: (StoreFixture) async throws -> R
    ) async throws -> R {
        try await TemporaryDirectory.with { directory in
            try await body(open("\(directory)/root/images", settings: settings))
        }
    }

    static func open(
        _ root: String, engineRoot: String? = nil, settings: ImageSettings = .standard
    ) async throws -> StoreFixture {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return StoreFixture(
            service: try await ImageService.open(root: root, engineRoot: engineRoot, settings: settings, logger: logger),
            paths: StorePaths(root: root))
    }

    /// Imports a tar in small pieces. Returns the image's ID.
    @discardableResult
    func importTar(_ bytes: [UInt8], _ reference: String? = nil, changes: [String] = [], platform: String? = nil) async throws -> String {
        let request = ImportImage.Request(reference: reference, changes: changes, platform: platform)
        return try await service.importImage(request, input: Self.pieces(bytes)) { _ in }.imageID
    }

    struct Loaded: Sendable {
        var response: LoadImages.Response
        var progress: [ImageProgress]
        var lines: [String] { progress.compactMap(\.stream) }
    }

    func load(_ bytes: [UInt8], quiet: Bool = false, platform: String? = nil) async throws -> Loaded {
        let progress = Collected<ImageProgress>()
        let response = try await service.loadImages(.init(quiet: quiet, platform: platform), input: Self.pieces(bytes)) { progress.add($0) }
        return Loaded(response: response, progress: progress.all)
    }

    static func pieces(_ bytes: [UInt8]) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for start in stride(from: 0, to: bytes.count, by: 60_000) {
                continuation.yield(Array(bytes[start..<min(start + 60_000, bytes.count)]))
            }
            continuation.finish()
        }
    }

    /// The directories of an image's layers, topmost first.
    func layers(_ image: String, container: String = "looking") async throws -> [String] {
        let record = try await service.prepareSnapshot(.init(containerID: container, imageID: image))
        try await service.removeSnapshot(.init(containerID: container))
        return Array(record.lower.dropFirst())
    }

    /// What is in the store besides what it is made of: empty when nothing is left over.
    func contents() throws -> [String: [String]] {
        let layers = try Files.names(paths.layers).filter { $0 != "l" && $0 != StorePaths.initName }
        return [
            "blobs": try Files.names(paths.blobs), "layers": layers, "links": try Files.names(paths.links).filter { $0 != "0" },
            "snapshots": try Files.names(paths.snapshots), "staging": try Files.names(paths.staging),
        ].filter { !$0.value.isEmpty }
    }
}

/// What a closure was called with.
final class Collected<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])

    func add(_ item: Item) { items.withLock { $0.append(item) } }
    var all: [Item] { items.withLock { $0 } }
}
