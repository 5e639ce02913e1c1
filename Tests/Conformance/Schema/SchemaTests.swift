// The answers of every route that has a shape, at six versions of the API, against the specification's facts.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct SchemaTests {
    private static let versions = ["1.24", "1.41", "1.44", "1.47", "1.50", "1.52"].compactMap { SchemaVersion($0) }

    private static func file(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: name).path
    }

    private static func facts() throws -> SchemaFacts { try SchemaFacts(path: file("engine-api.facts")) }

    @Test func everyAnswerOfEveryOperationIsAsSpecified() async throws {
        let facts = try Self.facts()
        let exchanges = try SchemaExchange.read(Self.file("exchanges.txt"))
        let forgotten = Set(facts.operations.keys).subtracting(exchanges.map(\.operation))
        #expect(forgotten.isEmpty, "without an exchange: \(forgotten.sorted())")
        let checked = try await RegistryUnderTest.with { registry in
            try await SearchIndex.with { index in
                try await EngineUnderTest.with { engine in
                    let socket = EngineSocket(path: engine.layout.gatewaySocket, timeout: .seconds(60))
                    let exec = try await SampleContainers.make(on: socket)
                    var checked: [String: Int] = [:]
                    for version in Self.versions {
                        var run = SchemaRun(facts: facts, version: version, socket: socket.path)
                        run.words = ["exec": exec, "registry": registry.address, "index": index.address, "tag": "v\(version.minor)"]
                        for exchange in exchanges { try await run.perform(exchange) }
                        checked.merge(run.checked, uniquingKeysWith: +)
                    }
                    try await SampleContainers.remove(from: socket)
                    return checked
                }
            }
        }
        let missing = facts.operations.keys.filter { checked[$0, default: 0] < Self.versions.count }
        #expect(missing.isEmpty, "not answered as specified at every version: \(missing.sorted())")
        print(
            "\(facts.operations.count) operations at \(Self.versions.count) versions: \(checked.values.reduce(0, +)) answers as specified")
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
