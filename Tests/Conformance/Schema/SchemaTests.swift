// The answers of every route that has a shape, at six versions of the API, against the specification's facts.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct SchemaTests {
    private static let versions = ["1.24", "1.41", "1.44", "1.47", "1.50", "1.52"].compactMap { SchemaVersion($0) }

    private static func facts() throws -> SchemaFacts {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return try SchemaFacts(path: folder.appending(path: "engine-api.facts").path)
    }

    /// A request by the specification's path.
    private struct Exchange {
        let operation: String
        let target: String
        var body: String?

        init(_ operation: String, _ target: String, _ body: String? = nil) {
            self.operation = operation
            self.target = target
            self.body = body
        }

        var method: String { String(operation.prefix { $0 != " " }) }
    }

    private static let none = #"?filters=%7B%22label%22:%5B%22nosuch%22%5D%7D"#

    private static func exchanges(exec: String, _ version: SchemaVersion) -> [Exchange] {
        let tag = "v\(version.minor)"
        let containers = ["running", "exited", "created", "tty"].flatMap { name in
            [
                Exchange("GET /containers/{id}/json", "/containers/\(name)/json"),
                Exchange("GET /containers/{id}/json", "/containers/\(name)/json?size=1"),
            ]
        }
        return containers + [
            Exchange("GET /containers/json", "/containers/json?all=1&size=1"), Exchange("GET /containers/json", "/containers/json"),
            Exchange("POST /containers/create", "/containers/create?name=made-\(tag)", #"{"Image":"busybox","Cmd":["true"]}"#),
            Exchange("GET /containers/{id}/top", "/containers/running/top"),
            Exchange("GET /containers/{id}/changes", "/containers/exited/changes"),
            Exchange("GET /containers/{id}/stats", "/containers/running/stats?stream=0"),
            Exchange("GET /containers/{id}/stats", "/containers/exited/stats?stream=0"),
            Exchange("POST /containers/{id}/update", "/containers/created/update", #"{"CpuShares":512}"#),
            Exchange("POST /containers/{id}/wait", "/containers/exited/wait"),
            Exchange("POST /containers/prune", "/containers/prune" + none),
            Exchange("POST /containers/{id}/exec", "/containers/running/exec", #"{"Cmd":["true"]}"#),
            Exchange("GET /exec/{id}/json", "/exec/\(exec)/json"),
            Exchange("GET /images/json", "/images/json?shared-size=1"), Exchange("GET /images/{name}/json", "/images/busybox/json"),
            Exchange("GET /images/{name}/history", "/images/busybox/history"), Exchange("POST /images/prune", "/images/prune" + none),
            Exchange("POST /commit", "/commit?container=exited&repo=kept&tag=\(tag)"),
            Exchange("DELETE /images/{name}", "/images/kept:\(tag)"),
            Exchange("GET /info", "/info"), Exchange("GET /version", "/version"), Exchange("GET /system/df", "/system/df"),
            Exchange("GET /networks", "/networks"), Exchange("GET /networks/{id}", "/networks/bridge"),
            Exchange("GET /networks/{id}", "/networks/host"),
            Exchange("POST /networks/create", "/networks/create", #"{"Name":"made-\#(tag)"}"#),
            Exchange("POST /networks/prune", "/networks/prune" + none),
            Exchange("POST /volumes/create", "/volumes/create", #"{"Name":"made"}"#), Exchange("GET /volumes/{name}", "/volumes/made"),
            Exchange("GET /volumes", "/volumes"), Exchange("POST /volumes/prune", "/volumes/prune" + none),
            Exchange("GET /plugins", "/plugins"),
        ]
    }

    @Test func everyAnswerIsAsSpecified() async throws {
        let facts = try Self.facts()
        try await EngineUnderTest.with { engine in
            let exec = try await SampleContainers.make(on: EngineSocket(path: engine.layout.gatewaySocket))
            for version in Self.versions {
                _ = try await engine.http("POST", "/v\(version)/images/busybox/tag?repo=kept&tag=v\(version.minor)")
                for exchange in Self.exchanges(exec: exec, version) { try await check(exchange, version, facts, engine) }
                try await checkEvents(version, facts, engine)
            }
            try await SampleContainers.remove(from: EngineSocket(path: engine.layout.gatewaySocket))
        }
    }

    private func check(_ exchange: Exchange, _ version: SchemaVersion, _ facts: SchemaFacts, _ engine: EngineUnderTest) async throws {
        let operation = try #require(facts.operations[exchange.operation], "\(exchange.operation)")
        let reply = try await engine.http(exchange.method, "/v\(version)\(exchange.target)", json: exchange.body)
        if reply.status == 501 { return }
        #expect(reply.status == operation.status, "\(version) \(exchange.method) \(exchange.target): \(reply.text.prefix(300))")
        guard reply.status == operation.status else { return }
        let tree = try #require(JSONTree(reply.body), "\(exchange.target): no JSON")
        var validator = SchemaValidator(facts, version)
        validator.check(tree, operation.type, at: exchange.operation)
        #expect(validator.faults.sorted() == [], "\(version) \(exchange.method) \(exchange.target)")
    }

    private func checkEvents(_ version: SchemaVersion, _ facts: SchemaFacts, _ engine: EngineUnderTest) async throws {
        let reply = try await engine.http("GET", "/v\(version)/events?since=1&until=\(Int(Date().timeIntervalSince1970) + 1)")
        let lines = reply.body.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count > 10)
        for line in lines {
            var validator = SchemaValidator(facts, version)
            validator.check(try #require(JSONTree(Array(line))), .named("EventMessage"), at: "event")
            #expect(validator.faults.sorted() == [], "\(version) \(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test func errorsAreAsSpecified() async throws {
        let facts = try Self.facts()
        try await EngineUnderTest.with { engine in
            for target in ["/nowhere", "/containers/missing/json", "/v9.99/info", "/containers/json?filters=x", "/images/missing/json"] {
                let reply = try await engine.http("GET", target)
                var validator = SchemaValidator(facts, Self.versions[0])
                validator.check(try #require(JSONTree(reply.body)), .named("ErrorResponse"), at: target)
                #expect(validator.faults.isEmpty, "\(validator.faults)")
            }
        }
    }

    /// The validator itself must be able to fail.
    @Test func faultsAreSeen() throws {
        let facts = try Self.facts()
        let version = try #require(SchemaVersion("1.52"))
        func faults(_ json: String, _ type: String) throws -> Set<String> {
            var validator = SchemaValidator(facts, version)
            validator.check(try #require(JSONTree(Array(json.utf8))), .named(type), at: "x")
            return validator.faults
        }
        #expect(try faults(#"{"Id":5,"Warnings":null}"#, "ContainerCreateResponse").count == 2)
        #expect(try faults(#"{"Id":"a"}"#, "ContainerCreateResponse") == ["ContainerCreateResponse.Warnings is missing"])
        #expect(try faults(#"{"Id":"a","Warnings":[],"More":1}"#, "ContainerCreateResponse") == ["ContainerCreateResponse.More is unknown"])
        #expect(try faults(#"{"Bridge":""}"#, "NetworkSettings") == ["NetworkSettings.Bridge is not of this version"])
        #expect(try faults(#"{"Name":"sometimes"}"#, "RestartPolicy").count == 1)
    }
}
