// The configuration's defaults, and requests that say otherwise.
import Foundation
import Models
import ServiceKit
import Testing

@testable import GatewayOrchestration

@Suite struct ContainerDefaultsTests {
    private func defaults() throws -> EngineConfiguration.ContainerDefaults {
        let json = """
            {"log-driver": "local", "log-opts": {"max-size": "1m", "max-file": "2"}, "default-shm-size": 1048576, "init": true,
             "default-ipc-mode": "shareable", "default-cgroupns-mode": "private", "no-new-privileges": true, "default-ulimits":
             {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 2}, "core": {"Name": "core", "Soft": 0, "Hard": 0}}}
            """
        return try EngineConfiguration.parse(Data(json.utf8), path: "x").containers
    }

    @Test func whoSaysNothingGetsThem() throws {
        let host = try defaults().fill(HostConfig(), cgroupVersion: 1)
        #expect(host.logConfig == LogConfig(type: "local", config: ["max-size": "1m", "max-file": "2"]))
        #expect(host.shmSize == 1 << 20 && host.ipcMode == "shareable" && host.cgroupnsMode == "private" && host.`init` == true)
        #expect(host.securityOpt == ["no-new-privileges"])
        #expect(host.ulimits == [Ulimit(name: "core", hard: 0, soft: 0), Ulimit(name: "nofile", hard: 2, soft: 1)])
    }

    @Test func whoSaysSomethingKeepsIt() throws {
        var request = HostConfig()
        request.logConfig = LogConfig(type: "local", config: ["max-size": "9m"])
        (request.shmSize, request.ipcMode, request.cgroupnsMode, request.`init`) = (5, "private", "host", false)
        request.securityOpt = ["no-new-privileges=false"]
        request.ulimits = [Ulimit(name: "nofile", hard: 9, soft: 9)]
        let host = try defaults().fill(request, cgroupVersion: 1)
        #expect(host.logConfig.config == ["max-size": "9m", "max-file": "2"])
        #expect(host.shmSize == 5 && host.ipcMode == "private" && host.cgroupnsMode == "host" && host.`init` == false)
        #expect(host.securityOpt == ["no-new-privileges=false"])
        #expect(host.ulimits == [Ulimit(name: "nofile", hard: 9, soft: 9), Ulimit(name: "core", hard: 0, soft: 0)])
    }

    @Test func optionsOfOneDriverAreNotAnothers() throws {
        var request = HostConfig()
        request.logConfig = LogConfig(type: "json-file", config: ["max-size": "9m"])
        #expect(try defaults().fill(request, cgroupVersion: 1).logConfig == request.logConfig)
    }

    /// An init is the first process of a namespace; on version 1, privileged containers see the host's control groups.
    @Test func whatCannotHaveThemDoesNot() throws {
        var request = HostConfig()
        (request.pidMode, request.privileged) = ("host", true)
        let host = try defaults().fill(request, cgroupVersion: 1)
        #expect(host.`init` == nil && host.cgroupnsMode.isEmpty)
        #expect(try defaults().fill(request, cgroupVersion: 2).cgroupnsMode == "private")
    }

    @Test func theStandardIsWhatARequestHasAnyway() {
        let host = EngineConfiguration.ContainerDefaults().fill(HostConfig(), cgroupVersion: 1)
        #expect(host.logConfig == LogConfig(type: "json-file", config: [:]) && host.shmSize == 64 << 20 && host.ipcMode == "private")
        #expect(host.ulimits == nil && host.securityOpt == nil && host.`init` == nil && host.cgroupnsMode.isEmpty)
    }

    @Test(arguments: [("nope", [:]), ("local", ["nope": "1"]), ("json-file", ["max-size": "x"])] as [(String, [String: String])])
    func loggingThatCannotWorkKeepsTheEngineFromStarting(driver: String, options: [String: String]) {
        var defaults = EngineConfiguration.ContainerDefaults()
        (defaults.logDriver, defaults.logOptions) = (driver, options)
        #expect(throws: ConfigurationError.self) { try defaults.checkLogging() }
    }
}
