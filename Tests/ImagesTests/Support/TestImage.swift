// Images for tests, in both archive formats.
import Foundation
@testable import ImagesServer
import Models

/// An image of plain tars, lowest first.
struct TestImage: Sendable {
    var layers: [[UInt8]]
    /// Goes into the config, so that configs differ.
    var comment = "test"
    var platform = OCIPlatform.host
    var created = "2024-01-01T00:00:00Z"

    /// Two layers: files, and one more file with a whiteout.
    static func twoLayers(comment: String = "test") -> TestImage {
        var base = TarBuilder()
        base.directory("etc")
        base.file("etc/base", "base of every image")
        base.file("etc/gone", "not for long")
        var top = TarBuilder()
        top.file("etc/.wh.gone")
        top.file("etc/top", comment)
        return TestImage(layers: [base.finished(), top.finished()], comment: comment)
    }

    /// With a field that no model knows.
    var config: [UInt8] {
        let diffIDs = layers.map { "\"\(ContentDigest(of: $0))\"" }.joined(separator: ",")
        let variant = platform.variant.map { "\"variant\":\"\($0)\"," } ?? ""
        return Array(
            """
            {"architecture":"\(platform.architecture)",\(variant)"os":"\(platform.os)","created":"\(created)","comment":"\(comment)",
             "unheard-of":{"kept":[1, 2.50]},"config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[\(diffIDs)]}}
            """.utf8)
    }

    var id: String { ContentDigest(of: config).description }
}

/// The archive of `docker save`, old style.
enum DockerArchiveBuilder {
    /// A layer that occurs twice is a link the second time, as engines write it.
    static func archive(_ images: [(image: TestImage, tags: [String])], layerFormat: Compressed.Format = .plain) throws -> [UInt8] {
        var tar = TarBuilder()
        var entries: [DockerArchiveImage] = []
        var written: [ContentDigest: String] = [:]
        for (number, (image, tags)) in images.enumerated() {
            let configName = "\(ContentDigest(of: image.config).hex).json"
            var names: [String] = []
            for (position, layer) in image.layers.enumerated() {
                let name = "\(number)-\(position)/layer.tar"
                if let earlier = written[ContentDigest(of: layer)] {
                    tar.symbolicLink(name, to: "../\(earlier)")
                } else {
                    tar.file(name, try Compressed.bytes(layer, layerFormat))
                    written[ContentDigest(of: layer)] = name
                }
                names.append(name)
            }
            tar.file(configName, image.config)
            entries.append(DockerArchiveImage(config: configName, repoTags: tags, layers: names))
        }
        tar.file("manifest.json", Array(try JSONEncoder().encode(entries)))
        return tar.finished()
    }
}

/// An OCI layout, put together descriptor by descriptor.
struct OCILayoutBuilder {
    private var tar = TarBuilder()
    private var index: [OCIDescriptor] = []

    mutating func blob(
        _ bytes: [UInt8], _ mediaType: String, platform: OCIPlatform? = nil, annotations: [String: String]? = nil
    ) -> OCIDescriptor {
        let digest = ContentDigest(of: bytes)
        tar.file("blobs/sha256/\(digest.hex)", bytes)
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count), annotations: annotations, platform: platform)
    }

    mutating func manifest(_ image: TestImage, _ format: Compressed.Format, annotations: [String: String]? = nil) throws -> OCIDescriptor {
        let mediaType =
            switch format {
            case .gzip: OCIMediaType.layerGzip
            case .zstd: OCIMediaType.layerZstd
            default: OCIMediaType.layer
            }
        var layers: [OCIDescriptor] = []
        for layer in image.layers { layers.append(blob(try Compressed.bytes(layer, format), mediaType)) }
        let manifest = OCIManifest(config: blob(image.config, OCIMediaType.config), layers: layers)
        return blob(Array(try JSONEncoder().encode(manifest)), OCIMediaType.manifest, platform: image.platform, annotations: annotations)
    }

    mutating func index(_ entries: [OCIDescriptor], annotations: [String: String]? = nil) throws -> OCIDescriptor {
        blob(Array(try JSONEncoder().encode(OCIIndex(manifests: entries))), OCIMediaType.index, annotations: annotations)
    }

    mutating func add(_ descriptor: OCIDescriptor) { index.append(descriptor) }

    mutating func file(_ name: String, _ bytes: [UInt8]) { tar.file(name, bytes) }

    /// The whole archive; `index.json` comes last.
    func finished() throws -> [UInt8] {
        var tar = tar
        tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
        tar.file("index.json", Array(try JSONEncoder().encode(OCIIndex(manifests: index))))
        return tar.finished()
    }

    /// A layout of one image.
    static func archive(_ image: TestImage, _ format: Compressed.Format, name: String?) throws -> [UInt8] {
        var builder = OCILayoutBuilder()
        builder.add(try builder.manifest(image, format, annotations: name.map { [OCIAnnotation.imageName: $0] }))
        return try builder.finished()
    }
}
