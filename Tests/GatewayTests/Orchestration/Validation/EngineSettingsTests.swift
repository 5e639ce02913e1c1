// What the gateway makes of its configuration before it opens anything.
import Contracts
import Foundation
import Models
import ServiceKit
import Testing

@testable import GatewayOrchestration

@Suite struct EngineSettingsTests {
    private func settings(_ json: String, _ variables: [String: String] = [:]) throws -> EngineSettings {
        try EngineSettings(EngineConfiguration.parse(Data(json.utf8), path: "daemon.json"), variables: variables)
    }

    @Test func theEnvironmentCounts() throws {
        #expect(try settings("{}", ["DOCKER_MIN_API_VERSION": "1.30"]).configuration.oldestVersion == APIVersion(1, 30))
        #expect(throws: ConfigurationError.self) { try settings("{}", ["DOCKER_MIN_API_VERSION": "1.3"]) }
    }

    @Test func aProfileIsRead() throws {
        #expect(try settings("{}").seccomp == .builtin)
        #expect(try settings(#"{"seccomp-profile": "unconfined"}"#).seccomp == .unconfined)
        let path = NSTemporaryDirectory() + "berth-profile-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let missing = #expect(throws: ConfigurationError.self) { try settings("{\"seccomp-profile\": \"\(path)\"}") }
        #expect(missing?.description.contains("opening seccomp profile (\(path)) failed") == true)
        let text = #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}"#
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try settings("{\"seccomp-profile\": \"\(path)\"}").seccomp == .profile(text))
        try "[]".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: ConfigurationError.self) { try settings("{\"seccomp-profile\": \"\(path)\"}") }
    }

    @Test func optionsOfDockerdsCacheAreTaken() throws {
        let options = #"{"cache-disabled": "false", "cache-max-file": "5", "cache-max-size": "20m", "cache-compress": "true"}"#
        #expect(try settings("{\"log-opts\": \(options)}").configuration.containers.logOptions.count == 4)
    }

    @Test(arguments: [#"{"log-driver": "nowhere"}"#, #"{"log-opts": {"max-size": "much"}}"#])
    func whatContainersCouldNotHaveIsRefused(json: String) {
        #expect(throws: ConfigurationError.self) { try settings(json) }
    }
}
