// Requests of every kind that changes a store, drawn at random, for tests that interrupt them.
import Contracts
import Foundation
@testable import ImagesServer
import RPC
import RPCNIO

/// What a storm does to a store. The same seed draws the same requests.
struct StoreWork {
    enum Kind: CaseIterable, Sendable {
        case load, loadAgain, importImage, commit, remove, prune, prepareSnapshot, removeSnapshot, leaseImage, createVolume, removeVolume
    }

    /// A small generator whose draws can be repeated.
    struct Draws: RandomNumberGenerator {
        private var state: UInt64
        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    var draws: Draws
    let root: String
    private(set) var done: [Kind: Int] = [:]

    init(seed: UInt64, root: String) {
        draws = Draws(seed: seed)
        self.root = root
    }

    /// One request after the other until the connection breaks.
    mutating func run(_ connection: RPCConnection) async {
        while true {
            let kind = Kind.allCases.randomElement(using: &draws) ?? .load
            do {
                try await perform(kind, connection)
                done[kind, default: 0] += 1
            } catch let error as RPCError where [.notFound, .conflict, .invalidParameter].contains(error.code) {
                continue
            } catch {
                return
            }
        }
    }

    private mutating func perform(_ kind: Kind, _ connection: RPCConnection) async throws {
        let number = Int.random(in: 0..<6, using: &draws)
        switch kind {
        case .load, .loadAgain:
            let image = StoreFixture.largeImage("storm \(number)", size: 300_000)
            let format: Compressed.Format = kind == .load ? .gzip : .plain
            let archive = try DockerArchiveBuilder.archive([(image, ["storm:\(number)"])], layerFormat: format)
            try await Self.upload(LoadImages.self, .init(), archive, connection)
        case .importImage:
            var tar = TarBuilder()
            tar.file("file", [UInt8](repeating: UInt8(number), count: 300_000))
            try await Self.upload(ImportImage.self, .init(reference: "imported:\(number)"), tar.finished(), connection)
        case .commit: try await commit(number, connection)
        case .remove:
            _ = try await connection.call(
                RemoveImage.self, .init(name: ["storm:\(number)", "imported:\(number)"][number % 2], force: true))
        case .prune:
            for image in try await connection.call(ListImages.self, RPCNothing()).images where image.tags.isEmpty {
                _ = try? await connection.call(RemoveImage.self, .init(name: image.id))
            }
        case .prepareSnapshot: try await prepare(number, connection)
        case .removeSnapshot: _ = try await connection.call(RemoveSnapshot.self, .init(containerID: "container-\(number)"))
        case .leaseImage:
            let image = ["storm:\(Int.random(in: 0..<6, using: &draws))", "imported:\(number)"][number % 2]
            _ = try await connection.call(LeaseImage.self, .init(containerID: "container-\(number)", image: image))
        case .createVolume: _ = try await connection.call(CreateVolume.self, .init(name: "volume-\(number)"))
        case .removeVolume: _ = try await connection.call(RemoveVolume.self, .init(name: "volume-\(number)"))
        }
    }

    private mutating func prepare(_ number: Int, _ connection: RPCConnection) async throws {
        let images = try await connection.call(ListImages.self, RPCNothing()).images
        guard let image = images.randomElement(using: &draws) else { return }
        let snapshot = try await connection.call(
            PrepareSnapshot.self, .init(containerID: "container-\(number)", imageID: image.id))
        try? Data("written by \(number)".utf8).write(to: URL(filePath: "\(snapshot.upper)/written"))
    }

    private func commit(_ number: Int, _ connection: RPCConnection) async throws {
        _ = try await connection.call(
            CommitContainer.self, .init(containerID: "container-\(number)", reference: "storm:\(number)", config: Array("{}".utf8)))
    }

    static func upload<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ bytes: [UInt8], _ connection: RPCConnection
    ) async throws where M.Inbound == ArchiveChunk {
        let stream = try await connection.stream(method, request)
        for await piece in StoreFixture.pieces(bytes) { try await stream.send(ArchiveChunk(bytes: piece)) }
        try await stream.finish()
        _ = try await stream.response()
    }
}
