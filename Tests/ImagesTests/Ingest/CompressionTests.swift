// Every compression round trips, in pieces of any size, and breaks loudly.
@testable import ImagesServer
import Models
import Testing

struct CompressionTests {
    static let content: [UInt8] = (0..<3_000_000).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 7 ^ $0 / 1000) }

    @Test(arguments: Compressed.Format.allCases, [1000, 1 << 20])
    func roundTrips(_ format: Compressed.Format, _ pieceSize: Int) throws {
        let bytes = try Compressed.bytes(Self.content, format)
        let source = try PeekedSource(BytesSource(bytes, pieceSize: pieceSize), count: Compression.prefixLength)
        let compression = Compression(prefix: source.prefix)
        #expect("\(compression)" == (format == .plain ? "none" : format.rawValue))
        #expect(try compression.decompress(source).all() == Self.content)
    }

    @Test(arguments: [Compressed.Format.gzip, .zstd, .xz, .bzip2])
    func readsEveryMemberOfAStream(_ format: Compressed.Format) throws {
        let bytes = try Compressed.bytes([1, 2, 3], format) + Compressed.bytes([4, 5], format)
        #expect(try Compression(prefix: bytes).decompress(BytesSource(bytes, pieceSize: 7)).all() == [1, 2, 3, 4, 5])
    }

    @Test(arguments: [Compressed.Format.gzip, .zstd, .xz, .bzip2])
    func refusesATruncatedStream(_ format: Compressed.Format) throws {
        let bytes = try Compressed.bytes(Self.content, format)
        let source = try Compression(prefix: bytes).decompress(BytesSource(Array(bytes.dropLast(20))))
        #expect(throws: CompressionError.self) { try source.all() }
    }

    @Test(arguments: [Compressed.Format.gzip, .xz, .bzip2])
    func refusesACorruptStream(_ format: Compressed.Format) throws {
        var bytes = try Compressed.bytes(Self.content, format)
        for index in bytes.count / 2..<bytes.count / 2 + 64 { bytes[index] ^= 0x5a }
        let source = try Compression(prefix: bytes).decompress(BytesSource(bytes))
        #expect(throws: CompressionError.self) { try source.all() }
    }

    @Test func gzipMayBePaddedWithZerosAndNothingElse() throws {
        let bytes = try Compressed.bytes([1, 2, 3], .gzip)
        #expect(try GzipSource(BytesSource(bytes + [0, 0, 0, 0], pieceSize: 5)).all() == [1, 2, 3])
        #expect(throws: CompressionError.self) { try GzipSource(BytesSource(bytes + [0, 0, 1])).all() }
        #expect(throws: CompressionError.self) { try GzipSource(BytesSource([])).all() }
    }

    @Test(arguments: [
        ([UInt8](), Compression.none), ([0x1f], .none), ([0x1f, 0x8b], .gzip), ([0x28, 0xb5, 0x2f, 0xfd], .zstd),
        ([0x52, 0x2a, 0x4d, 0x18], .zstd), ([0x42, 0x5a, 0x68], .bzip2), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], .xz),
        (Array("./etc".utf8), .none),
    ])
    func isToldByItsFirstBytes(_ prefix: [UInt8], _ expected: Compression) {
        #expect(Compression(prefix: prefix) == expected)
    }
}

struct LimitSourceTests {
    private func limited(_ count: Int, floor: Int64, ratio: Int, size: Int64) throws -> LimitSource {
        var limits = IngestLimits()
        limits.expansionFloor = floor
        limits.maximumExpansionRatio = ratio
        let compressed = DigestSource(BytesSource(try Compressed.bytes([UInt8](repeating: 0, count: count), .gzip)))
        return LimitSource(GzipSource(compressed), compressed: compressed, maximumSize: size, limits: limits)
    }

    @Test func stopsWhatExpandsTooMuch() throws {
        #expect(throws: IngestLimitError.expansion(ratio: 100)) {
            try limited(5_000_000, floor: 1_000_000, ratio: 100, size: 1 << 30).drain()
        }
        #expect(throws: IngestLimitError.size(limit: 4_000_000)) {
            try limited(5_000_000, floor: 1 << 30, ratio: 100, size: 4_000_000).drain()
        }
    }

    @Test func letsThroughWhatStaysWithinBounds() throws {
        #expect(try limited(5_000_000, floor: 1_000_000, ratio: 2000, size: 5_000_000).all().count == 5_000_000)
        #expect(try limited(5_000_000, floor: 5_000_000, ratio: 1, size: 5_000_000).all().count == 5_000_000)
    }
}

struct DigestSourceTests {
    @Test func hashesAndCopiesWhatPasses() async throws {
        try await TemporaryDirectory.with { directory in
            let sink = try FileSink(creating: "\(directory)/copy")
            let source = DigestSource(BytesSource(Array("abc".utf8), pieceSize: 2), copyingTo: sink)
            #expect(try source.all() == Array("abc".utf8))
            #expect(source.digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(source.count == 3)
            #expect(try Files.text("\(directory)/copy") == "abc")
        }
    }
}
