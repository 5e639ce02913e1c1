// Reads JSON documents of registries, within limits.
import FoundationEssentials
import Models

enum RegistryDocument {
    /// Throws `RegistryFailure.content`.
    static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], name: String, _ limits: IngestLimits) throws(RegistryFailure) -> T {
        guard JSONDepth.isWithin(limits.maximumDocumentDepth, bytes) else { throw .content("\(name) is nested too deeply") }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .content("\(name) can't be read: it isn't what its media type says")
        }
    }
}
