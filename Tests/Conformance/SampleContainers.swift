// The containers that conformance tests ask about, made through the API alone, so that any engine can have them.
import Foundation
import ServiceKit
import TestSupport

/// An engine by its socket.
struct EngineSocket: Sendable {
    let path: String
    var timeout = Duration.seconds(20)

    func send(_ method: String, _ target: String, json: String? = nil) async throws -> HTTPReply {
        let client = UnixHTTPClient(socketPath: path, timeout: timeout)
        let headers = (json ?? "").isEmpty ? [] : [("Content-Type", "application/json")]
        return try await Blocking.run { try client.request(method, target, headers: headers, body: Array((json ?? "").utf8)) }
    }

    /// Throws for a status that isn't one of success.
    @discardableResult
    func succeed(_ method: String, _ target: String, json: String? = nil) async throws -> HTTPReply {
        let reply = try await send(method, target, json: json)
        guard (200...299).contains(reply.status) else { throw Failure(request: "\(method) \(target)", reply: reply.text) }
        return reply
    }

    struct Failure: Error {
        let request: String
        let reply: String
    }
}

enum SampleContainers {
    /// The version that every engine in question speaks.
    static let version = "/v1.41"

    /// Imports the image and makes `running`, `exited`, `created`, `paused`, `tty`, and two that can't be started. Returns the ID of an
    /// exec in `running` that has not been started.
    static func make(on engine: EngineSocket) async throws -> String {
        try await importImage(to: engine)
        for (name, more) in [
            ("running", ""), ("exited", #","Cmd":["sh","-c","echo one; echo two; touch /made"],"Labels":{"role":"db"}"#), ("paused", ""),
            ("created", #","ExposedPorts":{"8085/tcp":{}},"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"18080"}]}}"#),
            ("tty", #","Tty":true,"OpenStdin":true"#), ("broken", #","Cmd":["/nosuch"]"#), ("denied", #","Cmd":["/etc/passwd"]"#),
        ] {
            let body = #"{"Image":"busybox","Cmd":["sleep","1000"],"Labels":{"role":"web"}\#(more)}"#
            try await engine.succeed("POST", "\(version)/containers/create?name=\(name)", json: body)
        }
        for name in ["running", "exited", "paused", "tty"] { try await engine.succeed("POST", "\(version)/containers/\(name)/start") }
        try await engine.succeed("POST", "\(version)/containers/paused/pause")
        try await engine.succeed("POST", "\(version)/containers/exited/wait")
        let exec = try await engine.succeed("POST", "\(version)/containers/running/exec", json: #"{"Cmd":["true"]}"#)
        return JSONTree(exec.body)?["Id"]?.text ?? ""
    }

    /// Through the Docker client, whose upload both engines take.
    private static func importImage(to engine: EngineSocket) async throws {
        let archive = try await BusyboxImage.archive()
        let environment = ["DOCKER_HOST": "unix://\(engine.path)"]
        let command = Command(EngineUnderTest.client, ["import", "-", "busybox"], environment: environment, stdin: archive)
        let result = try await command.run()
        guard result.code == 0 else { throw CommandFailure(what: "docker import", result: result) }
    }

    /// Every container of the engine.
    static func remove(from engine: EngineSocket) async throws {
        let reply = try await engine.succeed("GET", "\(version)/containers/json?all=1")
        guard case .array(let containers) = JSONTree(reply.body) else { return }
        for id in containers.compactMap({ $0["Id"]?.text }) {
            try await engine.succeed("DELETE", "\(version)/containers/\(id)?force=1&v=1")
        }
    }
}
