// Metrics in Prometheus' text form, at an address of their own.
import GatewayBackends
import HTTPTypes
import HummingbirdCore

enum MetricsRoute {
    private static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func routes(_ backend: any SystemBackend) -> [Route] {
        [
            .get("/metrics") { await answer($0, backend) }, .head("/metrics") { await answer($0, backend) },
        ]
    }

    private static func answer(_ request: EngineRequest, _ backend: any SystemBackend) async -> Response {
        var response = Response.text(await backend.metrics(context: request.context))
        response.headers[.contentType] = contentType
        return response
    }
}
