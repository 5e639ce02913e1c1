// What an archive is compressed with, told by its first bytes.
import Models

/// The compressions that layers and archives come in.
enum Compression: Sendable, Equatable {
    case none, gzip, zstd, xz, bzip2

    /// Bytes needed to tell.
    static let prefixLength = 6

    init(prefix: [UInt8]) {
        self =
            if prefix.starts(with: [0x1f, 0x8b]) {
                .gzip
            } else if prefix.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || Self.isSkippableFrame(prefix) {
                .zstd
            } else if prefix.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
                .xz
            } else if prefix.starts(with: [0x42, 0x5a, 0x68]) {
                .bzip2
            } else {
                .none
            }
    }

    private static func isSkippableFrame(_ prefix: [UInt8]) -> Bool {
        prefix.count >= 4 && prefix[0] & 0xf0 == 0x50 && prefix[1...3].elementsEqual([0x2a, 0x4d, 0x18])
    }

    /// The media type of a layer blob; nil for what registries don't take, which is stored decompressed.
    var layerMediaType: String? {
        switch self {
        case .none: OCIMediaType.layer
        case .gzip: OCIMediaType.layerGzip
        case .zstd: OCIMediaType.layerZstd
        case .xz, .bzip2: nil
        }
    }

    /// The source's bytes, decompressed.
    func decompress(_ source: any ByteSource) throws -> any ByteSource {
        switch self {
        case .none: source
        case .gzip: GzipSource(source)
        case .zstd: try ZstdSource(source)
        case .xz, .bzip2: try FilterSource(source)
        }
    }
}

/// A compressed stream that is broken.
struct CompressionError: Error, Sendable, Equatable, CustomStringConvertible {
    var description: String
}
