// The checkpoint routes: there with experiments on, refused with them off.
import GatewayBackends
import RPC
import Testing

@testable import GatewayAPI

@Suite(.timeLimit(.minutes(2)))
struct CheckpointRouteTests {
    @Test func requestsReachTheEngine() async throws {
        try await TestServer.with(FakeEngine(isExperimental: true)) { server in
            let requests: [(String, String, String, Int, String)] = [
                (
                    "POST", "/containers/c/checkpoints", #"{"CheckpointID":"cp","CheckpointDir":"/d","Exit":true}"#, 201,
                    "checkpoint c cp /d exits=true"
                ),
                ("POST", "/containers/c/checkpoints", #"{"CheckpointID":"cp"}"#, 201, "checkpoint c cp - exits=false"),
                ("GET", "/containers/c/checkpoints?dir=/d", "", 200, "checkpoints c /d"),
                ("DELETE", "/containers/c/checkpoints/cp?dir=/d", "", 204, "remove checkpoint cp of c /d"),
                ("POST", "/containers/c/start?checkpoint=cp", "", 204, "start c from cp"),
                ("POST", "/containers/c/start", "", 204, "start c"),
                ("GET", "/containers/missing/checkpoints", "", 404, "checkpoints missing -"),
            ]
            for (method, target, body, status, call) in requests {
                let answer = body.isEmpty ? try await server.send(method, target) : try await server.json(method, target, body)
                #expect(answer.status == status && server.engine.calls.last == call, "\(method) \(target): \(answer.text)")
                #expect(answer.header("Docker-Experimental") == "true")
            }
            #expect(try await server.send("GET", "/containers/c/checkpoints").text == #"[{"Name":"one"},{"Name":"two"}]"# + "\n")
        }
    }

    @Test(arguments: [true, false]) func anotherDirectoryIsNothingToStartFrom(_ isExperimental: Bool) async throws {
        try await TestServer.with(FakeEngine(isExperimental: isExperimental)) { server in
            let answer = try await server.send("POST", "/containers/c/start?checkpoint-dir=/d")
            #expect(answer.status == 403 && answer.text.contains("custom checkpointdir is not supported"))
            #expect(server.engine.calls.isEmpty)
        }
    }

    @Test(arguments: [
        ("POST", "/containers/c/checkpoints"), ("GET", "/containers/c/checkpoints"), ("DELETE", "/containers/c/checkpoints/x"),
    ])
    func withoutExperimentsTheyAreRefused(_ method: String, _ target: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.send(method, target)
            #expect(answer.status == 501 && answer.text.contains("This experimental feature is disabled by default."))
        }
    }
}

extension FakeEngine: CheckpointBackend {
    func createCheckpoint(of id: String, _ checkpoint: CheckpointOptions, context: RPCContext) async throws {
        note("checkpoint \(id) \(checkpoint.name) \(checkpoint.directory ?? "-") exits=\(checkpoint.exits)")
    }

    func checkpoints(of id: String, in directory: String?, context: RPCContext) async throws -> [String] {
        note("checkpoints \(id) \(directory ?? "-")")
        try find(id)
        return ["one", "two"]
    }

    func removeCheckpoint(_ name: String, of id: String, in directory: String?, context: RPCContext) async throws {
        note("remove checkpoint \(name) of \(id) \(directory ?? "-")")
    }

    func start(_ id: String, from checkpoint: String, context: RPCContext) async throws { note("start \(id) from \(checkpoint)") }
}
