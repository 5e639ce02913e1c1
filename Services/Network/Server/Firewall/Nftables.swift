// Runs nft scripts in this process, through libnftables.
import CNftables
import Glibc

/// A script that nft refused, with its words.
struct NftablesError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String
}

/// A context kept for the life of the service: setting one up costs more than a change of an element.
///
/// Used on one thread only, and bound to the network namespace that thread was in when it was made.
final class Nftables {
    private let context: OpaquePointer

    /// The library waits by select(2). It opens one descriptor.
    private static let descriptorLimit: Int32 = 1000

    /// Throws `NftablesError`, also where all low descriptors are taken: the library would end the process.
    init() throws {
        let next = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC))
        guard next.raw < Self.descriptorLimit else {
            throw NftablesError(description: "can't set up nftables: too many descriptors are open")
        }
        guard let context = nft_ctx_new(UInt32(NFT_CTX_DEFAULT)) else { throw NftablesError(description: "can't set up nftables") }
        self.context = context
        nft_ctx_buffer_error(context)
        nft_ctx_buffer_output(context)
    }

    deinit {
        nft_ctx_free(context)
    }

    /// Applies a script as one transaction: all of it, or nothing. Returns what it printed.
    @discardableResult
    func run(_ script: String) throws(NftablesError) -> String {
        guard nft_run_cmd_from_buffer(context, script) == 0 else {
            let words = nft_ctx_get_error_buffer(context).map { String(cString: $0) } ?? ""
            throw NftablesError(description: words.isEmpty ? "nftables refused a change" : words)
        }
        return nft_ctx_get_output_buffer(context).map { String(cString: $0) } ?? ""
    }
}
