// Hashes and counts what passes through.
import Crypto
import Models

/// Passes pieces on, and knows the SHA-256 and the number of all bytes so far; copies them to a file if it has one.
final class DigestSource: CountingSource {
    private let source: any ByteSource
    private let copy: FileSink?
    private var hash = SHA256()
    private(set) var count: Int64 = 0

    init(_ source: any ByteSource, copyingTo copy: FileSink? = nil) {
        self.source = source
        self.copy = copy
    }

    func next() throws -> [UInt8]? {
        guard let piece = try source.next() else { return nil }
        try piece.withUnsafeBytes { bytes in
            hash.update(bufferPointer: bytes)
            try copy?.write(bytes)
        }
        count += Int64(piece.count)
        return piece
    }

    /// Of all that has passed.
    var digest: ContentDigest { ContentDigest(sha256: Hexadecimal.text(hash.finalize())) }
}

/// The digest of bytes that are at hand.
extension ContentDigest {
    init(of bytes: some Collection<UInt8>) {
        self.init(sha256: Hexadecimal.text(SHA256.hash(data: Array(bytes))))
    }
}

enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
