// daemon.json's words on containers that say nothing themselves.
import FoundationEssentials
import ServiceKit
import Testing

@Suite struct ContainerDefaultsTests {
    private func parse(_ json: String) throws -> EngineConfiguration.ContainerDefaults {
        try EngineConfiguration.parse(Data(json.utf8), path: "daemon.json").containers
    }

    @Test func everyKeyIsTakenAndWrittenAsItIsRead() throws {
        let json = """
            {"log-driver": "local", "log-opts": {"max-size": "1m"}, "default-shm-size": "32M", "default-stop-timeout": 3, "init": true,
             "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 10, "Hard": 20}}, "no-new-privileges": true,
             "default-ipc-mode": "shareable", "default-cgroupns-mode": "host"}
            """
        let read = try parse(json)
        #expect(read.logDriver == "local" && read.logOptions == ["max-size": "1m"] && read.shmSize == 32 << 20 && read.stopTimeout == 3)
        #expect(read.usesInit && read.noNewPrivileges && read.ipcMode == "shareable" && read.cgroupnsMode == "host")
        #expect(read.ulimits["nofile"]?.soft == 10 && read.ulimits["nofile"]?.hard == 20)
        var configuration = EngineConfiguration()
        configuration.containers = read
        #expect(try EngineConfiguration.parse(JSONEncoder().encode(configuration), path: "x") == configuration)
    }

    @Test(
        arguments: [
            ("1024", 1024), ("\"64m\"", 64 << 20), ("\"1G\"", 1 << 30), ("\"2kb\"", 2048), ("\"3KiB\"", 3072), ("\"5b\"", 5),
            ("\"7 M\"", 7 << 20),
        ] as [(String, Int64)])
    func sizesHaveUnits(text: String, bytes: Int64) throws {
        #expect(try parse("{\"default-shm-size\": \(text)}").shmSize == bytes)
    }

    @Test(arguments: [
        (#"{"default-shm-size": "much"}"#, "key 'default-shm-size': 'much' is no size"),
        (#"{"default-shm-size": "99999999999g"}"#, "key 'default-shm-size'"),
        (#"{"default-shm-size": 0}"#, "key 'default-shm-size' must be more than 0"),
        (#"{"default-stop-timeout": -1}"#, "key 'default-stop-timeout'"),
        (#"{"default-ipc-mode": "host"}"#, "key 'default-ipc-mode' must be private or shareable, not 'host'"),
        (#"{"default-cgroupns-mode": "x"}"#, "key 'default-cgroupns-mode' must be private or host"),
        (#"{"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 9, "Hard": 1}}}"#, "soft limit of nofile above the hard one"),
        (#"{"default-ulimits": {"nofile": {"Name": "core", "Soft": 1, "Hard": 1}}}"#, "calls itself 'core'"),
        (#"{"default-ulimits": {"nofile": {"Soft": 1}}}"#, "is missing"),
        (#"{"default-ulimits": {"nofiles": {"Name": "nofiles", "Soft": 1, "Hard": 1}}}"#, "has an invalid ulimit type: nofiles"),
        (#"{"log-opts": {"max-size": 5}}"#, "key 'log-opts.max-size' must be of type String"),
    ])
    func whatMakesNoSenseIsRefusedByName(json: String, words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try parse(json) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    /// Files of dockerd's users often say what is so here anyway.
    @Test(arguments: [
        #"{"runtimes": {}}"#, #"{"storage-opts": []}"#, #"{"exec-opts": ["native.cgroupdriver=cgroupfs"]}"#, #"{"ip6tables": true}"#,
        #"{"features": {"containerd-snapshotter": false}}"#, #"{"features": {}}"#, #"{"firewall-backend": "nftables"}"#,
        #"{"allow-direct-routing": false}"#, #"{"seccomp-profile": "builtin"}"#,
        #"{"storage-opts": ["overlay2.override_kernel_check=true"]}"#,
        #"{"cpu-rt-period": 0}"#, #"{"authorization-plugins": []}"#, #"{"log-format": "text"}"#, #"{"iptables": null}"#,
    ])
    func whatIsSoAnywayIsTaken(json: String) throws {
        #expect(try parse(json) == EngineConfiguration.ContainerDefaults())
    }

    @Test(arguments: [
        (#"{"storage-opts": ["overlay2.size=1G"]}"#, "storage-opts"),
        (#"{"exec-opts": ["native.cgroupdriver=systemd"]}"#, "exec-opts"),
        (#"{"firewall-backend": "iptables"}"#, "firewall-backend"),
        (#"{"ip6tables": false}"#, "ip6tables"),
    ])
    func anotherValueOfSuchAKeyIsRefusedWithTheReason(json: String, key: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try parse(json) }
        #expect(error?.description.contains("key '\(key)' can only be ") == true)
    }
}
