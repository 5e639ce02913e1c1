// The name of a layer together with all below it (OCI image specification, config.md).
import Models

enum ChainID {
    /// `diffID` itself for the lowest layer, otherwise the digest of the chain below and `diffID`.
    static func of(_ diffID: ContentDigest, above parent: ContentDigest?) -> ContentDigest {
        guard let parent else { return diffID }
        return ContentDigest(of: Array("\(parent) \(diffID)".utf8))
    }

    /// Of each layer, lowest first.
    static func all(_ diffIDs: [ContentDigest]) -> [ContentDigest] {
        var chain: [ContentDigest] = []
        for diffID in diffIDs { chain.append(of(diffID, above: chain.last)) }
        return chain
    }
}
