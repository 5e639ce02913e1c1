// Parameters that a client sends as an HTML form instead of in the query.
import HTTPTypes
import HummingbirdCore
import NIOCore
import RPC

extension QueryParameters {
    /// Bytes of a form.
    static let formLimit = 1 << 20

    /// The query's parameters and those of a form in the body, which go first, as Go's `ParseForm` has it. A body has one reader: a route
    /// gets what was read as the request's body.
    /// Errors: `invalidParameter` for a broken or too large form.
    func joined(by request: inout Request, within budget: RequestBudget) async throws -> QueryParameters {
        guard [.post, .put, .patch].contains(request.method), Self.isForm(request.headers[.contentType]) else { return self }
        var share = BudgetShare(budget)
        defer { share.release() }
        do {
            let body = try await request.body.collect(upTo: Self.formLimit, within: &share)
            request.body = RequestBody(buffer: body)
            return try QueryParameters(String(buffer: body)).merged(with: self)
        } catch is NIOTooManyBytesError {
            throw RPCError(
                .invalidParameter, "the form exceeds \(Self.formLimit >> 20) MiB", details: [EngineFailure.tooLarge: ""])
        }
    }

    private static func isForm(_ contentType: String?) -> Bool {
        (contentType ?? "").prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased() == "application/x-www-form-urlencoded"
    }
}
