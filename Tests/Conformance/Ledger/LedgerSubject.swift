// What a probe makes to set a field of: a container, an exec, a network, a volume, an image. One sort an operation.
import Foundation
import ServiceKit
import TestSupport

/// An operation's request with a body, sent, and what can be seen of it afterwards.
struct LedgerSubject {
    let engine: EngineSocket
    let operation: String
    /// Names what this probe makes, differently from every other.
    let name: String
    let version = "/v1.52"

    /// What has been made: a container's, an exec's or an image's ID, a network's or a volume's name.
    struct Made {
        let reply: HTTPReply
        var id = ""
    }

    // MARK: The request

    /// - Parameter script: what a container's shell is to run instead of its usual command.
    func send(_ body: [String: Any], script: String?) async throws -> Made {
        switch operation {
        case "POST /containers/create": try await createContainer(body, script)
        case "POST /containers/{id}/update": try await update(body)
        case "POST /containers/{id}/exec": try await createExec(body, script)
        case "POST /exec/{id}/start": try await startExec(body)
        case "POST /networks/create": try await make("/networks/create", body, id: name)
        case "POST /volumes/create": try await make("/volumes/create", body, id: name)
        case "POST /networks/{id}/connect", "POST /networks/{id}/disconnect": try await changeNetworks(body)
        case "POST /commit": try await commit(body)
        default: throw LedgerFile.Malformed(line: operation)
        }
    }

    private func post(_ target: String, _ body: [String: Any]) async throws -> HTTPReply {
        let json = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        return try await engine.send("POST", version + target, json: json)
    }

    private func createContainer(_ body: [String: Any], _ script: String?) async throws -> Made {
        let command = script.map { ["sh", "-c", $0] } ?? ["sleep", "1000"]
        let base: [String: Any] = ["Image": "busybox", "Cmd": command]
        let reply = try await post("/containers/create?name=\(name)", base.merging(body) { $1 })
        return Made(reply: reply, id: JSONTree(reply.body)?["Id"]?.text ?? "")
    }

    private func runningContainer() async throws -> String {
        let made = try await createContainer([:], nil)
        try await engine.succeed("POST", "\(version)/containers/\(made.id)/start")
        return made.id
    }

    private func update(_ body: [String: Any]) async throws -> Made {
        let id = try await runningContainer()
        return Made(reply: try await post("/containers/\(id)/update", body), id: id)
    }

    private func createExec(_ body: [String: Any], _ script: String?) async throws -> Made {
        let base: [String: Any] = ["Cmd": ["sh", "-c", script ?? "true"], "AttachStdout": true]
        let reply = try await post("/containers/donor/exec", base.merging(body) { $1 })
        return Made(reply: reply, id: JSONTree(reply.body)?["Id"]?.text ?? "")
    }

    private func startExec(_ body: [String: Any]) async throws -> Made {
        let needsTerminal = body["Tty"] as? Bool ?? false
        let exec = try await post("/containers/donor/exec", ["Cmd": ["stty", "size"], "AttachStdout": true, "Tty": needsTerminal])
        let id = JSONTree(exec.body)?["Id"]?.text ?? ""
        return Made(reply: try await post("/exec/\(id)/start", body), id: id)
    }

    private func make(_ target: String, _ body: [String: Any], id: String) async throws -> Made {
        let reply = try await post(target, ["Name": name].merging(body) { $1 })
        return Made(reply: reply, id: body["Name"] as? String ?? id)
    }

    private func changeNetworks(_ body: [String: Any]) async throws -> Made {
        let id = try await runningContainer()
        let verb = operation.hasSuffix("/connect") ? "connect" : "disconnect"
        if verb == "disconnect" { _ = try await post("/networks/ledger/connect", ["Container": id]) }
        return Made(reply: try await post("/networks/ledger/\(verb)", ["Container": id].merging(body) { $1 }), id: id)
    }

    private func commit(_ body: [String: Any]) async throws -> Made {
        let reply = try await post("/commit?container=exited&repo=\(name)", body)
        return Made(reply: reply, id: JSONTree(reply.body)?["Id"]?.text ?? "")
    }

    // MARK: What came of it

    private var isContainer: Bool {
        ["POST /containers/create", "POST /containers/{id}/update"].contains(operation) || operation.hasPrefix("POST /networks/{id}/")
    }

    func inspect(_ made: Made) async throws -> JSONTree {
        let target =
            switch operation {
            case "POST /networks/create": "/networks/\(made.id)"
            case "POST /volumes/create": "/volumes/\(made.id)"
            case "POST /commit": "/images/\(made.id)/json"
            case _ where operation.contains("exec"): "/exec/\(made.id)/json"
            default: "/containers/\(made.id)/json"
            }
        // Before 1.50 an image's configuration tells every field.
        let version = operation == "POST /commit" ? "/v1.44" : version
        return JSONTree(try await engine.succeed("GET", version + target).body) ?? .null
    }

    /// Where an inspection tells what a request's body says.
    func place(of path: [String]) -> [String] {
        switch operation {
        case "POST /containers/create":
            switch path.first {
            case "HostConfig": path
            case "NetworkingConfig": ["NetworkSettings", "Networks"] + path.dropFirst(2)
            default: ["Config"] + path
            }
        case "POST /containers/{id}/update": ["HostConfig"] + path
        case "POST /networks/{id}/connect": ["NetworkSettings", "Networks", "ledger"] + path.dropFirst()
        case "POST /commit": ["Config"] + path
        case "POST /volumes/create" where path.first == "DriverOpts": ["Options"] + path.dropFirst()
        default: path
        }
    }

    func start(_ made: Made) async throws -> HTTPReply {
        guard operation == "POST /containers/create" else { return made.reply }
        return try await engine.send("POST", "\(version)/containers/\(made.id)/start")
    }

    /// What the container, or the command, has written when it has ended.
    func output(_ made: Made, script: String?) async throws -> String {
        switch operation {
        case "POST /exec/{id}/start": return Self.text(made.reply.body)
        case "POST /containers/{id}/exec":
            let tty = try await inspect(made)["ProcessConfig"]?["tty"] == .bool(true)
            return Self.text(try await post("/exec/\(made.id)/start", ["Tty": tty]).body)
        case "POST /containers/create":
            try await engine.succeed("POST", "\(version)/containers/\(made.id)/wait")
            return Self.text(try await engine.succeed("GET", "\(version)/containers/\(made.id)/logs?stdout=1&stderr=1").body)
        default:
            let exec = try await post("/containers/\(made.id)/exec", ["Cmd": ["sh", "-c", script ?? "true"], "AttachStdout": true])
            return Self.text(try await post("/exec/\(JSONTree(exec.body)?["Id"]?.text ?? "")/start", [:]).body)
        }
    }

    /// Without the heads of frames, and without space around it.
    static func text(_ bytes: [UInt8]) -> String {
        var rest = bytes[...]
        var text: [UInt8] = []
        while rest.count >= 8, let first = rest.first, first <= 2, rest.dropFirst().prefix(3).allSatisfy({ $0 == 0 }) {
            let length = rest.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | Int($1) }
            text += rest.dropFirst(8).prefix(length)
            rest = rest.dropFirst(8 + length)
        }
        text += rest
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func remove(_ made: Made) async throws {
        switch operation {
        case "POST /networks/create": _ = try await engine.send("DELETE", "\(version)/networks/\(made.id)")
        case "POST /volumes/create": _ = try await engine.send("DELETE", "\(version)/volumes/\(made.id)?force=1")
        case "POST /commit": _ = try await engine.send("DELETE", "\(version)/images/\(name)?force=1")
        case _ where isContainer: _ = try await engine.send("DELETE", "\(version)/containers/\(name)?force=1&v=1")
        default: break
        }
    }
}
