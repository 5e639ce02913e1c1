// The API's real server on a Unix socket of its own, with a fake engine behind it.
import Glibc
import Logging
import NIOPosix

@testable import GatewayAPI

struct TestServer: Sendable {
    let path: String
    let engine: FakeEngine

    /// Runs a server for the length of `body`.
    static func with(_ engine: FakeEngine = FakeEngine(), _ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        let directory = "/tmp/berth-api-\(UInt64.random(in: 0 ... .max))"
        guard mkdir(directory, 0o700) == 0 else { throw ListenError("can't make \(directory)") }
        let path = directory + "/api.sock"
        defer {
            unlink(path + ".lock")
            rmdir(directory)
        }
        let ready = Gate()
        let configuration = EngineServerConfiguration(
            addresses: [.unix(path)], eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let server = EngineServer(
            configuration, api: EngineAPI(engine.backends), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onReady: { ready.open() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await ready.wait()
            try await body(TestServer(path: path, engine: engine))
            group.cancelAll()
        }
    }

    func connect() async throws -> RawClient { try await RawClient.connect(path) }

    /// One request on a connection of its own.
    func send(_ method: String, _ target: String, headers: [String] = [], body: String = "") async throws -> RawResponse {
        let client = try await connect()
        let answer = try await client.send(method, target, headers: headers, body: body)
        await client.close()
        return answer
    }

    func json(_ method: String, _ target: String, _ body: String) async throws -> RawResponse {
        try await send(method, target, headers: ["Content-Type: application/json"], body: body)
    }
}
