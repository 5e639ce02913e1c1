// Wait: the head goes out as soon as the waiter is registered, the result when there is one.
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import RPC

struct ContainerWaitRoute: Sendable {
    let backend: any ContainerBackend

    @Sendable func wait(_ request: EngineRequest) async throws -> Response {
        let isEarly = request.version >= APIVersionGate.waitConditions
        let condition = isEarly ? try Self.condition(request.query.text("condition")) : .notRunning
        let pending = try await backend.wait(request.parameter("name"), for: condition, context: request.context)
        guard isEarly else {
            return .json(try await request.connection.whileClientStays { try await pending.value() })
        }
        return .stream(MediaType.json) { writer in
            guard let answer = try await answer(pending, condition, request) else { return }
            try await writer.write(JSONBody.encode(answer))
        }
    }

    /// The status has been sent, so that a failure is told in the body: nil for none, which is what old clients expect.
    private func answer(
        _ pending: PendingWait, _ condition: WaitCondition, _ request: EngineRequest
    ) async throws -> ContainerWaitResponse? {
        do {
            return try await request.connection.whileClientStays { try await pending.value() }
        } catch let error as RPCError {
            guard condition != .removed || request.version >= APIVersionGate.waitFailureBody else { return nil }
            return ContainerWaitResponse(statusCode: -1, error: .init(message: error.message))
        }
    }

    private static func condition(_ text: String?) throws -> WaitCondition {
        guard let text else { return .notRunning }
        guard let condition = WaitCondition(rawValue: text) else {
            throw RPCError(.invalidParameter, "invalid condition: \"\(text)\"")
        }
        return condition
    }
}
