// Sends the exchanges of one version, and holds each answer against the facts.
import Foundation
import ServiceKit
import TestSupport
import Testing

/// A request by the specification's path.
struct SchemaExchange: Sendable {
    let operation: String
    let target: String
    let body: String

    static func read(_ path: String) throws -> [SchemaExchange] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "|", maxSplits: 2).map { $0.trimmingCharacters(in: .whitespaces) }
            return SchemaExchange(operation: parts[0], target: parts[1], body: parts.count > 2 ? parts[2] : "")
        }
    }

    var method: String { String(operation.prefix { $0 != " " }) }
}

struct SchemaRun: Sendable {
    let facts: SchemaFacts
    let version: SchemaVersion
    let socket: String
    /// What stands for the words in braces.
    var words: [String: String] = [:]
    /// Answers that were as specified, by operation.
    private(set) var checked: [String: Int] = [:]
    private var saved: [UInt8] = []

    init(facts: SchemaFacts, version: SchemaVersion, socket: String) {
        self.facts = facts
        self.version = version
        self.socket = socket
    }

    mutating func perform(_ exchange: SchemaExchange) async throws {
        let operation = try #require(facts.operations[exchange.operation], "\(exchange.operation)")
        words["now"] = "\(Int(Date().timeIntervalSince1970) + 1)"
        let reply = try await send(exchange)
        let what = "\(version) \(exchange.method) \(filled(exchange.target))"
        #expect(reply.status == operation.status, "\(what): \(reply.text.prefix(300))")
        guard reply.status == operation.status else { return }
        let faults = try faults(reply, operation.answer, exchange.operation)
        #expect(faults == [], "\(what)")
        if faults.isEmpty { checked[exchange.operation, default: 0] += 1 }
        if exchange.operation == "POST /containers/{id}/exec" { words["last"] = JSONTree(reply.body)?["Id"]?.text }
        if exchange.operation == "GET /images/get" { saved = reply.body }
    }

    private func filled(_ text: String) -> String {
        words.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    private func send(_ exchange: SchemaExchange) async throws -> HTTPReply {
        let client = UnixHTTPClient(socketPath: socket, timeout: .seconds(60))
        let target = "/v\(version)\(filled(exchange.target))"
        if operationUpgrades(exchange) {
            let request =
                "GET \(target) HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            return try await Blocking.run { try HTTPReply(parsing: client.exchange(Array(request.utf8))) }
        }
        let body = bytes(exchange.body)
        let isJSON = exchange.body.hasPrefix("{")
        let headers = isJSON ? [("Content-Type", "application/json")] : body.isEmpty ? [] : [("Content-Type", "application/x-tar")]
        return try await Blocking.run { try client.request(exchange.method, target, headers: headers, body: body) }
    }

    private func operationUpgrades(_ exchange: SchemaExchange) -> Bool { exchange.operation.hasSuffix("/ws") }

    private func bytes(_ body: String) -> [UInt8] {
        switch body {
        case "@tar":
            var archive = TarArchive()
            archive.file("put-\(version.minor)", "text")
            return archive.finished()
        case "@saved": return saved
        default: return Array(filled(body).utf8)
        }
    }

    private func faults(_ reply: HTTPReply, _ answer: SchemaAnswer, _ operation: String) throws -> [String] {
        let type = reply.headers["content-type"] ?? ""
        var validator = SchemaValidator(facts, version)
        switch answer {
        case .nothing:
            return reply.body.isEmpty ? [] : ["a body: \(reply.text.prefix(100))"]
        case .bytes(let types):
            return types.isEmpty || types.contains(type) ? [] : ["of type \(type), none of \(types)"]
        case .document(let schema) where operation != "GET /events":
            let tree = try #require(JSONTree(reply.body), "\(operation): no JSON: \(reply.text.prefix(200))")
            validator.check(tree, schema, at: operation)
        case .lines(let schema), .document(let schema):
            let lines = reply.body.split(separator: UInt8(ascii: "\n"))
            guard !lines.isEmpty else { return ["nothing"] }
            for line in lines {
                validator.check(try #require(JSONTree(Array(line)), "\(String(decoding: line, as: UTF8.self))"), schema, at: operation)
            }
        }
        return (type.hasPrefix("application/json") ? [] : ["of type \(type), not of JSON"]) + validator.faults.sorted()
    }
}
