// Reads the JSON documents of an archive, within limits and by their digests.
import FoundationEssentials
import Models

/// An archive whose documents don't make images.
struct ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = "invalid archive: \(description)" }
}

/// The documents of one archive. Blocks while it reads.
struct ArchiveDocuments: Sendable {
    let archive: SpooledArchive
    let limits: IngestLimits

    /// A whole member; nil when there is none. Throws `ArchiveError` when it is too large, and `SystemError`.
    func bytes(_ name: String) throws -> [UInt8]? {
        guard let file = archive.file(name) else { return nil }
        guard file.size <= limits.maximumDocumentSize else {
            throw ArchiveError("\(name) has \(file.size) bytes, more than \(limits.maximumDocumentSize)")
        }
        var bytes: [UInt8] = []
        let source = try FileSource(path: file.path)
        while let piece = try source.next() { bytes += piece }
        return bytes
    }

    func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], name: String) throws -> T {
        guard JSONDepth.isWithin(limits.maximumDocumentDepth, bytes) else { throw ArchiveError("\(name) is nested too deeply") }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ArchiveError("\(name) can't be read: \(Self.reason(error))")
        }
    }

    /// A document that must be there. Returns it with its bytes.
    func required<T: Decodable>(_ type: T.Type, _ name: String) throws -> (document: T, bytes: [UInt8]) {
        guard let bytes = try bytes(name) else { throw ArchiveError("\(name) is missing") }
        return (try decode(type, bytes, name: name), bytes)
    }

    /// The document a descriptor names, with its size and digest verified.
    func content<T: Decodable>(_ type: T.Type, of descriptor: OCIDescriptor) throws -> (document: T, bytes: [UInt8]) {
        let name = try Self.blobName(descriptor.digest)
        guard let bytes = try bytes(name) else { throw ArchiveError("\(name) is missing") }
        try Self.checkSize(descriptor, Int64(bytes.count))
        try DigestMismatch.check(name, expected: descriptor.digest, found: ContentDigest(of: bytes))
        return (try decode(type, bytes, name: name), bytes)
    }

    static func blobName(_ digest: ContentDigest) throws -> String {
        guard digest.algorithm == "sha256" else { throw ArchiveError("content is named by \(digest.algorithm); only sha256 is supported") }
        return "blobs/sha256/\(digest.hex)"
    }

    static func checkSize(_ descriptor: OCIDescriptor, _ size: Int64) throws {
        guard descriptor.size == size else {
            throw ArchiveError("\(descriptor.digest) has \(size) bytes instead of \(descriptor.size)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.debugDescription
        default: "it is not JSON"
        }
    }
}

/// How deep a JSON text is nested, told without parsing it: parsers recurse.
enum JSONDepth {
    static func isWithin(_ limit: Int, _ bytes: [UInt8]) -> Bool {
        var depth = 0, isInString = false, isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped { isEscaped = false } else if byte == 0x5c { isEscaped = true } else if byte == 0x22 { isInString = false }
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case 0x5b, 0x7b:
                depth += 1
                if depth > limit { return false }
            case 0x5d, 0x7d: depth -= 1
            default: continue
            }
        }
        return true
    }
}
