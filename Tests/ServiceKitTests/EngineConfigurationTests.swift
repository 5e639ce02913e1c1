// The configuration file: what it sets, and what it refuses by name.
import FoundationEssentials
import Logging
import Models
import ServiceKit
import Testing

@Suite struct EngineConfigurationTests {
    private func parse(_ json: String) throws -> EngineConfiguration {
        try EngineConfiguration.parse(Data(json.utf8), path: "daemon.json")
    }

    private func refusal(_ json: String) -> String? {
        do {
            _ = try parse(json)
            return nil
        } catch let error as ConfigurationError {
            return error.description
        } catch {
            return "other: \(error)"
        }
    }

    @Test func emptyFileIsAllDefaults() throws {
        #expect(try parse("{}") == EngineConfiguration())
    }

    @Test func everyKeyIsTaken() throws {
        let read = try parse(
            """
            {"data-root": "/a", "exec-root": "/b", "bridge": "br7", "bip": "10.9.0.1/24", "mtu": 1400,
             "default-address-pools": [{"base": "10.10.0.0/16", "size": 24}], "nftables-table": "other",
             "cgroup-parent": "/x/y", "hosts": ["tcp://127.0.0.1:1"], "labels": ["a=b"], "debug": true, "log-level": "warn",
             "experimental": true, "criu": "/sbin/criu", "cdi-spec-dirs": ["/c"],
             "features": {"cdi": false, "buildkit": false}}
            """)
        var expected = EngineConfiguration()
        expected.dataRoot = "/a"
        expected.execRoot = "/b"
        expected.bridge = "br7"
        expected.bip = "10.9.0.1/24"
        expected.mtu = 1400
        expected.defaultAddressPools = [.init(base: "10.10.0.0/16", size: 24)]
        expected.nftablesTable = "other"
        expected.cgroupParent = "/x/y"
        expected.hosts = ["tcp://127.0.0.1:1"]
        expected.labels = ["a=b"]
        expected.debug = true
        expected.isExperimental = true
        expected.criu = "/sbin/criu"
        expected.logLevel = "warn"
        expected.devices.directories = ["/c"]
        expected.devices.isOn = false
        expected.devices.idleFeatures = ["buildkit": false]
        #expect(read == expected)
    }

    @Test(arguments: [
        (#"{"brigde": "x"}"#, "unknown or unsupported key 'brigde'"),
        (#"{"storage-driver": "zfs"}"#, "'storage-driver'"),
        (#"{"bridge": "none"}"#, "key 'bridge' can't be none"),
        (#"{"default-network-opts": {"overlay": {}}}"#, "key 'default-network-opts' must be by driver"),
        (#"{"default-network-opts": {"bridge": []}}"#, "key 'default-network-opts.bridge' must be of type"),
        (#"{"host-gateway-ip": "10.0.0.1", "host-gateway-ips": []}"#, "'host-gateway-ip' and 'host-gateway-ips'"),
        (#"{"pidfile": "engine.pid"}"#, "key 'pidfile' must be an absolute path"),
        (#"{"bridge": 5}"#, "key 'bridge' must be of type String"),
        (#"{"bridge": "0123456789abcdef"}"#, "key 'bridge'"),
        (#"{"mtu": 67}"#, "key 'mtu' must be from 68 to 65535, not 67"),
        (#"{"nftables-table": "a b"}"#, "key 'nftables-table'"),
        (#"{"nftables-table": "9a"}"#, "key 'nftables-table'"),
        (#"{"cgroup-parent": "berth"}"#, "key 'cgroup-parent'"),
        (#"{"cgroup-parent": "/a/../b"}"#, "key 'cgroup-parent'"),
        (#"{"data-root": "var"}"#, "key 'data-root'"),
        (#"{"labels": ["novalue"]}"#, "key 'labels'"),
        (#"{"log-level": "loud"}"#, "key 'log-level'"),
        (#"{"cdi-spec-dirs": ["etc"]}"#, "key 'cdi-spec-dirs' must be absolute paths, not 'etc'"),
        (#"{"features": {"containerd-snapshotter": true}}"#, "key 'features': 'containerd-snapshotter' can only be false here"),
        (#"{"features": {"cid": false}}"#, "key 'features': unknown or unsupported feature 'cid'"),
        (#"{"default-address-pools": [{"base": "10.0.0.0/8"}]}"#, "size' is missing"),
        (#"{"#, "not valid JSON"),
        (#"[]"#, "daemon.json"),
    ])
    func refusalNamesTheKey(json: String, words: String) throws {
        let message = try #require(refusal(json))
        #expect(message.contains(words))
        #expect(message.hasPrefix("daemon.json: "))
    }

    @Test func writtenFormIsReadBack() throws {
        var configuration = EngineConfiguration()
        configuration.dataRoot = "/r"
        configuration.bip = "10.0.0.1/8"
        configuration.defaultAddressPools = [.init(base: "10.1.0.0/16", size: 20)]
        configuration.labels = ["x=y"]
        configuration.devices.directories = ["/e"]
        configuration.devices.isOn = false
        let written = try JSONEncoder().encode(configuration)
        #expect(try EngineConfiguration.parse(written, path: "x") == configuration)
    }

    /// As dockerd's own example of a file has it.
    @Test func emptyTextsSayNothing() throws {
        let keys = [
            "data-root", "exec-root", "pidfile", "bridge", "bip", "bip6", "cgroup-parent", "fixed-cidr", "fixed-cidr-v6", "default-gateway",
            "default-gateway-v6", "group", "host-gateway-ip", "ip", "log-driver", "log-level", "metrics-addr", "min-api-version",
            "tlscacert",
            "tlscert", "tlskey", "userns-remap", "default-ipc-mode", "default-cgroupns-mode", "seccomp-profile", "storage-driver",
            "default-runtime", "firewall-backend", "api-cors-header",
        ]
        let json = "{" + keys.map { "\"\($0)\": \"\"" }.joined(separator: ", ") + ", \"mtu\": 0}"
        #expect(try parse(json) == EngineConfiguration())
    }

    @Test func networksAndAccess() throws {
        let read = try parse(
            """
            {"min-api-version": "1.24", "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}, "tls": false,
             "host-gateway-ips": ["10.0.0.1", "fd00::1"], "bip6": "fd00::1/64", "default-gateway-v6": "fd00::9", "pidfile": "/run/e.pid",
             "seccomp-profile": "/etc/profile.json"}
            """)
        #expect(read.oldestVersion.description == "1.24" && read.tls.isDeclined && read.pidFile == "/run/e.pid")
        #expect(read.networkOptions == ["bridge": ["com.docker.network.driver.mtu": "1400"]])
        #expect(read.lookups.hostGateways == ["10.0.0.1", "fd00::1"])
        #expect(read.defaultNetwork.bridgeAddressV6 == "fd00::1/64" && read.defaultNetwork.gatewayV6 == "fd00::9")
        #expect(read.containers.seccompProfile == "/etc/profile.json")
        #expect(try EngineConfiguration.parse(JSONEncoder().encode(read), path: "x") == read)
        #expect(try parse(#"{"host-gateway-ip": "10.0.0.1"}"#).lookups.hostGateways == ["10.0.0.1"])
    }

    @Test func devicesCanBeTurnedOff() throws {
        #expect(try parse("{}").devices.searched == ["/etc/cdi", "/var/run/cdi"])
        #expect(try parse(#"{"features": {"cdi": false}}"#).devices.searched == [])
        #expect(try parse(#"{"cdi-spec-dirs": [""]}"#).devices.searched == [])
        #expect(try parse(#"{"cdi-spec-dirs": ["/a", "/b"]}"#).devices.searched == ["/a", "/b"])
    }

    @Test(arguments: ["", "\n", " \t\r\n"])
    func aBlankFileSaysNothing(text: String) throws {
        #expect(try parse(text) == EngineConfiguration())
    }

    @Test func onlyWhereThereIsNoDefaultFileNothingIsSaid() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "berth-\(UUID().uuidString.prefix(8)).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try EngineConfiguration.loadDefault(path: path) == EngineConfiguration())
        #expect(try EngineConfiguration.loadDefault(path: "/nonexistent/daemon.json") == EngineConfiguration())
        // Nobody can read a directory as a file, root neither.
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(throws: ConfigurationError.self) { try EngineConfiguration.loadDefault(path: path) }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nonexistent")
        #expect(throws: ConfigurationError.self) { try EngineConfiguration.loadDefault(path: path) }
    }

    @Test func whatIsNoRegularFileIsReadToItsEnd() throws {
        #expect(try EngineConfiguration.load(path: "/dev/null") == EngineConfiguration())
    }

    @Test func missingFileIsNamed() {
        #expect(throws: ConfigurationError.self) { try EngineConfiguration.load(path: "/nonexistent/daemon.json") }
    }

    @Test(arguments: [("debug", Logger.Level.debug), ("info", .info), ("warn", .warning), ("error", .error), ("fatal", .critical)])
    func dockerdsLevels(name: String, level: Logger.Level) throws {
        #expect(try parse(#"{"log-level": "\#(name)"}"#).level == level)
    }
}
