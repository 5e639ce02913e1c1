// Keys of daemon.json with one value or without effect, and the oldest version of the API.
import FoundationEssentials
import Models
import ServiceKit
import Testing

@Suite struct TabledKeyTests {
    private func parse(_ json: String) throws -> EngineConfiguration {
        try EngineConfiguration.parse(Data(json.utf8), path: "daemon.json")
    }

    private static func sample(_ shape: ConfigurationKey.Shape) -> String {
        switch shape {
        case .truth: "true"
        case .number: "7"
        case .text: #""x""#
        case .list: #"["x"]"#
        case .map: #"{"x": "y"}"#
        }
    }

    /// What can be said of a key that isn't what it says of itself.
    private static func stranger(_ shape: ConfigurationKey.Shape) -> String { shape == .text ? "7" : #""x""# }

    @Test(arguments: EngineConfiguration.idleKeys.map(\.key.name))
    func anIdleKeyIsTakenAndTold(name: String) throws {
        let key = try #require(EngineConfiguration.idleKey(name)?.key)
        let read = try parse("{\"\(name)\": \(Self.sample(key.shape))}")
        #expect(read.notices.count == 1 && read.notices[0].hasPrefix("key '\(name)' has no effect: "))
        #expect(try EngineConfiguration.parse(JSONEncoder().encode(read), path: "x") == read, "services are told too")
        var rest = read
        rest.idle = [:]
        #expect(rest == EngineConfiguration())
        #expect(try parse("{\"\(name)\": null}") == EngineConfiguration())
        let error = #expect(throws: ConfigurationError.self) { try parse("{\"\(name)\": \(Self.stranger(key.shape))}") }
        #expect(error?.description == "daemon.json: key '\(name)' must be \(key.shape.rawValue)")
    }

    @Test(arguments: EngineConfiguration.fixedKeys.map(\.key.name))
    func aFixedKeyHasOneValue(name: String) throws {
        let fixed = try #require(EngineConfiguration.fixedKey(name))
        for value in fixed.values {
            let text =
                switch fixed.key.shape {
                case .truth, .number: value
                case .text: "\"\(value)\""
                case .list, .map: "[\"\(value)\"]"
                }
            #expect(try parse("{\"\(name)\": \(text)}") == EngineConfiguration())
        }
        let other = fixed.key.shape == .truth ? "\(!fixed.values.contains("true"))" : Self.sample(fixed.key.shape)
        let error = #expect(throws: ConfigurationError.self) { try parse("{\"\(name)\": \(other)}") }
        #expect(error?.description.contains("key '\(name)' can only be ") == true && error?.description.contains(fixed.reason) == true)
    }

    @Test func noKeyIsInTwoPlaces() {
        let names = EngineConfiguration.fixedKeys.map(\.key.name) + EngineConfiguration.idleKeys.map(\.key.name)
        #expect(Set(names).count == names.count)
        let flags = EngineConfiguration.flaggedKeys.compactMap(\.flag)
        #expect(Set(flags).count == flags.count)
    }

    @Test func aFeatureWithoutEffectIsTold() throws {
        let read = try parse(#"{"features": {"buildkit": true, "cdi": true}}"#)
        #expect(read.notices == ["feature 'buildkit' of key 'features' has no effect: no images are built"])
        #expect(try EngineConfiguration.parse(JSONEncoder().encode(read), path: "x") == read)
    }

    // MARK: The oldest version

    @Test(arguments: ["1.18", "1.24", "1.52"]) func oldestVersion(text: String) throws {
        #expect(try parse("{\"min-api-version\": \"\(text)\"}").oldestVersion.description == text)
        let variables = [EngineConfiguration.oldestVersionVariable: text]
        #expect(try parse(#"{"min-api-version": "1.30"}"#).overridden(byEnvironment: variables).oldestVersion.description == text)
    }

    @Test(arguments: [
        ("v1.24", "API version must be provided without \"v\" prefix"), ("1.17", "minimum supported API version is 1.18: 1.17"),
        ("1.53", "maximum supported API version is 1.52: 1.53"), ("new", "invalid API version 'new': it must be like 1.52"),
    ])
    func versionsThatCannotBeTheOldest(text: String, words: String) throws {
        let inFile = #expect(throws: ConfigurationError.self) { try parse("{\"min-api-version\": \"\(text)\"}") }
        #expect(inFile?.description == "daemon.json: key 'min-api-version': \(words)")
        let outside = #expect(throws: ConfigurationError.self) {
            try EngineConfiguration().overridden(byEnvironment: ["DOCKER_MIN_API_VERSION": text])
        }
        #expect(outside?.description == "invalid DOCKER_MIN_API_VERSION: \(words)")
    }

    @Test func withoutTheVariableNothingChanges() throws {
        let read = try parse(#"{"min-api-version": "1.30"}"#)
        #expect(try read.overridden(byEnvironment: ["DOCKER_MIN_API_VERSION": ""]) == read)
        #expect(try EngineConfiguration().overridden(byEnvironment: [:]).oldestVersion == .oldest)
    }
}
