// Finds images by what users call them.
import Models
import RPC

extension Catalog {
    /// Finds an image by reference, by ID, or by a prefix of its ID, with or without `sha256:`. A name wins over a prefix.
    ///
    /// Throws `RPCError` in Docker's words: notFound, or `invalidParameter` for what is no reference and for a prefix of several IDs.
    func image(named name: String) throws(RPCError) -> ImageRow {
        if let id = Self.identifier(name) {
            guard let image = images[id] else { throw RPCError(.notFound, "No such image: \(name)") }
            return image
        }
        let reference = try Self.reference(name)
        if let image = references[reference.key].flatMap({ images[$0] }) { return image }
        if let image = try image(withPrefix: name) { return image }
        throw RPCError(.notFound, "No such image: \(reference.tagged.familiar)")
    }

    /// Parses a reference. Throws `invalidParameter`.
    static func reference(_ text: String) throws(RPCError) -> ImageReference {
        do {
            return try ImageReference(parsing: text)
        } catch {
            throw RPCError(.invalidParameter, error.description)
        }
    }

    /// A whole ID, with or without its algorithm.
    private static func identifier(_ text: String) -> ContentDigest? {
        ImageReference.isIdentifier(text) ? ContentDigest(sha256: text) : ContentDigest(text)
    }

    private func image(withPrefix text: String) throws(RPCError) -> ImageRow? {
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst("sha256:".count)) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        let matches = images.values.filter { $0.id.hex.hasPrefix(digits) }
        if matches.count > 1 {
            throw RPCError(.invalidParameter, "ambiguous image ID: \(matches.count) images begin with '\(text)'; give more digits")
        }
        return matches.first
    }
}
