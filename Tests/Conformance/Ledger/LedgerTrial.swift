// One probe of the ledger, carried out: works, warns or refuses, and how that is known.
import Foundation
import ServiceKit
import TestSupport

/// A line of the ledger.
struct LedgerEntry: Equatable, CustomStringConvertible {
    enum Answer: String {
        case works, warns, refuses
        case byHost = "works or warns"
        case byFileSystem = "works or refuses"
    }

    let field: String
    let answer: Answer
    let proof: String

    var description: String { "| `\(field)` | \(answer.rawValue) | \(proof) |" }
}

struct LedgerTrial {
    let engine: EngineSocket
    let probe: LedgerProbe
    let name: String
    /// What stands for `$NET` and the like in the probes.
    let names: [String: String]

    /// A field that does nothing and about which nothing is said, or a refusal that doesn't name it.
    struct Silence: Error, CustomStringConvertible {
        let description: String
    }

    func run() async throws -> LedgerEntry {
        let request = filled(probe.request)
        guard request.hasPrefix("{") else { return try await runPlain(request) }
        guard let body = try JSONSerialization.jsonObject(with: Data(request.utf8)) as? [String: Any] else {
            throw LedgerFile.Malformed(line: request)
        }
        try check(body)
        let subject = LedgerSubject(engine: engine, operation: probe.field.operation, name: name)
        let made = try await subject.send(body, script: script)
        do {
            let entry = try await judge(made.reply) { try await show(subject, made, body) }
            try await subject.remove(made)
            return entry
        } catch {
            try? await subject.remove(made)
            throw error
        }
    }

    /// The probe must set the field it is about.
    private func check(_ body: [String: Any]) throws {
        var values: [Any] = [body]
        for word in probe.field.name.split(separator: ".") {
            values = values.compactMap { ($0 as? [String: Any])?[word.filter { !"[]{}".contains($0) }] }
            if word.contains("{}") { values = values.flatMap { ($0 as? [String: Any])?.values.map { $0 } ?? [] } }
            if word.contains("[]") { values = values.flatMap { $0 as? [Any] ?? [] } }
        }
        guard !values.isEmpty else { throw Silence(description: "the probe of \(probe.field) doesn't set it") }
    }

    private var script: String? {
        for case .prints(let script, _) in probe.evidence { return filled(script) }
        return nil
    }

    private func filled(_ text: String) -> String {
        names.reduce(text) { $0.replacing("$\($1.key)", with: $1.value) }
    }

    // MARK: Verdict

    private func judge(_ reply: HTTPReply, _ evidence: () async throws -> Void) async throws -> LedgerEntry {
        if case .status(let status) = probe.evidence[0], status == reply.status {
            try await evidence()
            return entry(.works, proof)
        }
        guard reply.status < 400 else {
            let message = JSONTree(reply.body)?["message"]?.text ?? reply.text
            guard probe.field.name == "*" || probe.field.isNamed(in: message) || isNamed(in: message) else {
                throw Silence(description: "\(probe.field) is refused, but not by name: \(reply.status) \(message)")
            }
            if dependsOnFileSystem { return entry(.byFileSystem, proof) }
            return entry(.refuses, "\(reply.status): \(Self.normalised(message))")
        }
        if dependsOnHost, warnings(reply).contains(where: { $0.lowercased().contains("kernel") }) { return entry(.byHost, proof) }
        if let warning = warnings(reply).first(where: probe.field.isNamed), !dependsOnHost {
            return entry(.warns, Self.normalised(warning))
        }
        try await evidence()
        if dependsOnFileSystem { return entry(.byFileSystem, proof) }
        return entry(dependsOnHost ? .byHost : .works, proof)
    }

    /// It is to be seen in effect, or to be refused by this word.
    private var dependsOnFileSystem: Bool {
        probe.evidence.contains(.shown) && probe.evidence.contains { if case .named = $0 { true } else { false } }
    }

    private var dependsOnHost: Bool {
        probe.evidence.contains { if case .host = $0 { true } else { false } }
    }

    private func isNamed(in message: String) -> Bool {
        probe.evidence.contains { if case .named(let word) = $0 { message.contains(word) } else { false } }
    }

    private func warnings(_ reply: HTTPReply) -> [String] {
        let tree = JSONTree(reply.body)
        guard case .array(let warnings) = tree?["Warnings"] else {
            return [tree?["Warning"]?.text ?? ""] + [reply.headers["warning"] ?? ""]
        }
        return warnings.compactMap(\.text)
    }

    private var proof: String { probe.evidence.map(\.summary).joined(separator: "; ").replacing("|", with: "\\|") }

    private func entry(_ answer: LedgerEntry.Answer, _ proof: String) -> LedgerEntry {
        LedgerEntry(field: probe.field.name, answer: answer, proof: proof)
    }

    static func normalised(_ text: String) -> String {
        AnswerComparison.normalised(text).replacing("\n", with: " ").replacing("|", with: "\\|").replacing(#/probe-\d+/#, with: "NAME")
    }

    // MARK: Evidence

    private func show(_ subject: LedgerSubject, _ made: LedgerSubject.Made, _ body: [String: Any]) async throws {
        for evidence in probe.evidence {
            switch evidence {
            case .shown: try shown(body, in: try await subject.inspect(made), subject)
            case .has(let path, let value): try await has(path, value, subject, made)
            case .prints(let script, let text): try await prints(filled(script), filled(text), subject, made)
            case .logs(let text): try await prints(nil, filled(text), subject, made)
            case .vanishes: try await vanishes(subject, made)
            case .status(let status): try expect(made.reply.status == status, made.reply.text)
            case .says, .lacks, .length: try await holds(evidence, of: made.reply)
            case .host: break
            case .named: throw Silence(description: "\(probe.field) isn't refused")
            }
        }
    }

    private func expect(_ condition: Bool, _ found: @autoclosure () -> String) throws {
        guard condition else { throw Silence(description: "\(probe.field): not \(proof), but \(found().prefix(600))") }
    }

    private func shown(_ body: [String: Any], in inspection: JSONTree, _ subject: LedgerSubject) throws {
        let data = try JSONSerialization.data(withJSONObject: body)
        guard let tree = JSONTree(Array(data)) else { throw LedgerFile.Malformed(line: probe.request) }
        try contains(inspection, tree, at: [], subject)
    }

    /// Objects may have more than was asked for.
    private func contains(_ inspection: JSONTree, _ wanted: JSONTree, at path: [String], _ subject: LedgerSubject) throws {
        if case .object(let fields) = wanted, !fields.isEmpty {
            for (key, value) in fields { try contains(inspection, value, at: path + [key], subject) }
            return
        }
        let place = subject.place(of: path)
        guard place != ["Container"], !path.isEmpty else { return }
        let found = Self.value(inspection, place)
        try expect(found.map { Self.covers($0, wanted) } ?? false, "\(place): \(found.map { "\($0)" } ?? "nothing")")
    }

    static func covers(_ found: JSONTree, _ wanted: JSONTree) -> Bool {
        switch (found, wanted) {
        case (.object(let own), .object(let other)): other.allSatisfy { key, value in own[key].map { covers($0, value) } ?? false }
        case (.array(let own), .array(let other)): own.count == other.count && zip(own, other).allSatisfy { covers($0, $1) }
        default: found == wanted
        }
    }

    static func value(_ tree: JSONTree, _ path: [String]) -> JSONTree? {
        path.reduce(tree as JSONTree?) { tree, key in
            if case .array(let elements) = tree, let index = Int(key) { return elements.indices.contains(index) ? elements[index] : nil }
            return tree?[key]
        }
    }

    /// A state may take a while to come about.
    private func has(_ path: [String], _ value: String, _ subject: LedgerSubject, _ made: LedgerSubject.Made) async throws {
        let wanted = JSONTree(Array(filled(value).utf8))
        func isSo() async throws -> Bool { try await (Self.value(subject.inspect(made), path.map(filled)) ?? .null) == wanted }
        if try await isSo() { return }
        _ = try await subject.start(made)
        try await eventually("\(probe.field): \(path) = \(value)", within: .seconds(20)) {
            try await isSo() ? true : nil
        }
    }

    private func prints(_ script: String?, _ text: String, _ subject: LedgerSubject, _ made: LedgerSubject.Made) async throws {
        let started = try await subject.start(made)
        try expect(started.status < 400, started.text)
        let output = try await subject.output(made, script: script)
        try expect(output == text, "\"\(output)\"")
    }

    private func vanishes(_ subject: LedgerSubject, _ made: LedgerSubject.Made) async throws {
        try await engine.succeed("POST", "/v1.52/containers/\(made.id)/start")
        try await eventually("the end of \(made.id)") {
            try await engine.send("GET", "/v1.52/containers/\(made.id)/json").status == 404 ? true : nil
        }
    }

    // MARK: Requests as they are

    private func runPlain(_ request: String) async throws -> LedgerEntry {
        let reply = try await send(request)
        return try await judge(reply) {
            for evidence in probe.evidence { try await holds(evidence, of: reply) }
        }
    }

    private func send(_ request: String) async throws -> HTTPReply {
        let parts = filled(request).split(separator: " ", maxSplits: 2).map(String.init)
        let target = Self.escaped(parts[1])
        return try await engine.send(
            parts[0], target.hasPrefix("/v1.") ? target : "/v1.52" + target, json: parts.count > 2 ? parts[2] : nil)
    }

    /// JSON in a query is written as it is.
    private static func escaped(_ target: String) -> String {
        ["{": "%7B", "}": "%7D", "\"": "%22", "[": "%5B", "]": "%5D"].reduce(target) { $0.replacing($1.key, with: $1.value) }
    }

    private func holds(_ evidence: LedgerEvidence, of reply: HTTPReply) async throws {
        switch evidence {
        case .status(let status): try expect(reply.status == status, "\(reply.status) \(reply.text)")
        case .length(let count):
            let tree = JSONTree(reply.body)
            guard case .array(let elements) = tree else { return try expect(false, reply.text) }
            try expect(elements.count == count, "\(elements.count)")
        case .says(let text, let source):
            let words = try await words(reply, source)
            try expect(words.contains(filled(text)), words)
        case .lacks(let text, let source):
            let words = try await words(reply, source)
            try expect(!words.contains(filled(text)), words)
        case .shown, .has, .prints, .logs, .vanishes, .named, .host: throw LedgerFile.Malformed(line: probe.request)
        }
    }

    private func words(_ reply: HTTPReply, _ source: String?) async throws -> String {
        guard let source else { return reply.text }
        return try await send(source).text
    }
}
