// The images that are measured: made of this host's own files, so that they compress like real ones.
import Foundation
import TestSupport

/// Archives in a directory that the caller removes.
struct ImageMaterial: Sendable, CustomStringConvertible {
    static let name = "bench:latest", smallName = "small:latest"

    let directory: String
    /// Bytes of the layers' tars.
    let plainSize: Int
    let gzipSize: Int
    let smallSize: Int
    let copySize: Int
    let smallFiles: Int

    /// Archives as `docker save` writes them: with plain layers, with gzip layers, and the first one as a whole by gzip.
    var plainArchive: String { "\(directory)/plain.tar" }
    var gzipArchive: String { "\(directory)/gzip.tar" }
    var compressedArchive: String { "\(directory)/plain.tar.gz" }
    var smallArchive: String { "\(directory)/small.tar" }
    /// A directory to copy into a container.
    var payload: String { "\(directory)/payload" }
    /// The image's layers in both forms, lowest first.
    var layers: [(plain: String, gzip: String)] {
        (0..<Self.layerCount).map { ("\(directory)/layer\($0).tar", "\(directory)/layer\($0).tar.gz") }
    }

    private static let layerCount = 4

    /// Sizes are in megabytes.
    static func make(in directory: String, size: Int, copySize: Int, smallFiles: Int) async throws -> ImageMaterial {
        let result = try await Command(
            "/bin/bash", ["-c", MaterialScript.text, "bash", directory, "\(size)", "\(copySize)", "\(smallFiles)", "\(layerCount)"],
            timeout: .seconds(900)
        ).run()
        guard result.code == 0 else { throw CommandFailure(what: "making the images", result: result) }
        func sum(_ names: [String]) throws -> Int {
            try names.reduce(0) { try $0 + (FileManager.default.attributesOfItem(atPath: "\(directory)/\($1)")[.size] as? Int ?? 0) }
        }
        return ImageMaterial(
            directory: directory, plainSize: try sum((0..<layerCount).map { "layer\($0).tar" }),
            gzipSize: try sum((0..<layerCount).map { "layer\($0).tar.gz" }), smallSize: try sum(["small-layer.tar"]),
            copySize: copySize * 1_000_000, smallFiles: smallFiles)
    }

    /// Puts the image with gzip layers into a registry as `bench:latest`, by the registry's API alone.
    func seed(_ registry: String) async throws {
        let result = try await Command(
            "/bin/bash", ["-c", MaterialScript.seeding, "bash", directory, registry], timeout: .seconds(300)
        ).run()
        guard result.code == 0 else { throw CommandFailure(what: "filling the registry", result: result) }
    }

    /// The bytes that a task is about, in plain form.
    func bytes(of task: ImageTask) -> Int {
        switch task {
        case .loadPlain, .loadGzip, .loadGzipArchive, .pull, .push, .save: plainSize
        case .loadSmall: smallSize
        case .copyIn, .copyOut: copySize
        }
    }

    var description: String {
        "an image of \(Self.layerCount) layers: \(Self.megabytes(plainSize)) plain, \(Self.megabytes(gzipSize)) by gzip; "
            + "an image of \(smallFiles) small files: \(Self.megabytes(smallSize)); copies of \(Self.megabytes(copySize)). "
            + "All rates are by plain bytes."
    }

    static func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e6).shown) MB" }
}
