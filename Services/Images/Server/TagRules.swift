// What may be a tag.
import Models
import RPC

enum TagRules {
    /// The reference an image is to be named by. Throws `invalidParameter`, in Docker's words.
    static func reference(_ text: String) throws(RPCError) -> ImageReference {
        let reference = try Catalog.reference(text)
        guard reference.digest == nil else {
            throw RPCError(.invalidParameter, "refusing to create a tag with a digest reference")
        }
        guard reference.familiarName != "sha256" else {
            throw RPCError(.invalidParameter, "refusing to create an ambiguous tag using digest algorithm as name")
        }
        return reference.tagged
    }
}
