// From a request to its response: version, route, errors, common headers.
import HTTPTypes
import HummingbirdCore
import Logging
import Models
import NIOCore
import RPC

/// Answers every request, whatever goes wrong.
struct EngineResponder: Sendable {
    let routes: RouteTable
    let budget: RequestBudget
    let logger: Logger
    var isExperimental = false
    var oldestVersion = APIVersion.oldest

    func respond(to request: Request, on connection: ClientConnection) async -> Response {
        let context = RPCContext.fresh()
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await route(request, on: connection, context: context)
        } catch {
            response = failure(error, of: request, context: context)
        }
        if request.method == .head { response = response.withoutBody }
        response.headers[.trace] = context.traceID
        if isExperimental { response.headers[.dockerExperimental] = "true" }
        note(request, response.status, start.duration(to: .now), context)
        return response.withEngineHeaders
    }

    /// Logs the request; for a stream, when it begins.
    private func note(_ request: Request, _ status: HTTPResponse.Status, _ duration: Duration, _ context: RPCContext) {
        logger.debug(
            "request",
            metadata: [
                "trace": "\(context.traceID)", "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(status.code)",
                "milliseconds": "\(Double(duration.clampedNanoseconds / 1000) / 1000)",
            ])
    }

    private func route(_ request: Request, on connection: ClientConnection, context: RPCContext) async throws -> Response {
        let target = request.head.path ?? "/"
        if let cleaned = RequestPath.cleaned(target) { return Response(status: .movedPermanently, headers: [.location: cleaned]) }
        let path = try RequestPath(target)
        guard request.method != .options else {
            _ = try APIVersion(requested: path.version, oldest: oldestVersion)
            return .empty(.ok)
        }
        guard let (route, parameters) = routes.find(request.method, path.segments) else {
            throw RPCError(.notFound, "page not found")
        }
        let version = try APIVersion(requested: path.version, oldest: oldestVersion)
        var request = request
        let query = try await QueryParameters(path.query).joined(by: &request, within: budget)
        return try await route.handler(
            EngineRequest(
                version: version, parameters: parameters, query: query, http: request, context: context, connection: connection,
                budget: budget))
    }

    private func wantsText(_ request: Request) -> Bool {
        guard let version = try? RequestPath(request.head.path ?? "/").version.flatMap(APIVersion.init) else { return false }
        return version >= oldestVersion && version < APIVersionGate.errorsInJSON
    }

    private func failure(_ error: any Error, of request: Request, context: RPCContext) -> Response {
        let failure = EngineFailure(error)
        if failure.status == .internalServerError {
            logger.error(
                "request failed",
                metadata: [
                    "method": "\(request.method)", "path": "\(request.uri.path)", "trace": "\(context.traceID)", "error": "\(error)",
                ])
        }
        return failure.response(asText: wantsText(request))
    }
}
