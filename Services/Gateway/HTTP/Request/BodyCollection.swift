// Takes a whole body into memory, if there is room for it.
import HummingbirdCore
import NIOCore
import RPC

extension RequestBody {
    /// Errors: `NIOTooManyBytesError`; unavailable when too much is being received at a time.
    func collect(upTo limit: Int, within share: inout BudgetShare) async throws -> ByteBuffer {
        var body = ByteBuffer()
        for try await chunk in self {
            guard body.readableBytes + chunk.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            guard share.receive(chunk.readableBytes) else {
                throw RPCError(.unavailable, RequestBudget.Exceeded.message, details: [EngineFailure.closes: ""])
            }
            body.writeImmutableBuffer(chunk)
        }
        return body
    }
}
