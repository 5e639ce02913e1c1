// The rules for a create request, one line a rule.
import Contracts
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct CreateCheckTests {
    typealias Change = @Sendable (inout ContainerConfig, inout HostConfig) -> Void

    private func report(_ change: Change, endpoints: [String: EndpointSettings] = [:]) -> SettingsReport {
        var (config, hostConfig) = (ContainerConfig(), HostConfig())
        change(&config, &hostConfig)
        return CreateCheck.check(config, hostConfig, endpoints: endpoints, facts: .sample)
    }

    static let faults: [(String, Change)] = [
        ("invalid hostname", { config, _ in config.hostname = String(repeating: "x", count: 65) }),
        ("the working directory 'tmp' is invalid", { config, _ in config.workingDir = "tmp" }),
        ("invalid signal: NOPE", { config, _ in config.stopSignal = "NOPE" }),
        ("invalid environment variable: =x", { config, _ in config.env = ["=x"] }),
        ("invalid port specification: \"http\"", { config, _ in config.exposedPorts = ["http": EmptyObject()] }),
        (
            "Interval in Healthcheck cannot be less than 1ms",
            { config, _ in
                config.healthcheck = HealthConfig()
                config.healthcheck?.interval = 10
            }
        ),
        ("Minimum memory limit allowed is 6MB", { _, host in host.memory = 1 << 20 }),
        ("Minimum memoryswap limit should be larger", { _, host in (host.memory, host.memorySwap) = (64 << 20, 32 << 20) }),
        ("You should always set the Memory limit", { _, host in host.memorySwap = 64 << 20 }),
        ("Minimum memory limit can not be less than", { _, host in (host.memory, host.memoryReservation) = (8 << 20, 9 << 20) }),
        ("valid memory swappiness range is 0-100", { _, host in host.memorySwappiness = 101 }),
        ("Nano CPUs and CPU Quota cannot both be set", { _, host in (host.nanoCPUs, host.cpuQuota) = (1_000_000_000, 5000) }),
        ("range of CPUs is from 0.01 to 4.00", { _, host in host.nanoCPUs = 5_000_000_000 }),
        ("CPU cfs period can not be less than 1ms", { _, host in host.cpuPeriod = 999 }),
        ("CPU cfs quota can not be less than 1ms", { _, host in host.cpuQuota = 999 }),
        ("Requested CPUs are not available - requested 4, available: 0-3", { _, host in host.cpusetCpus = "4" }),
        ("Invalid value x for cpuset cpus", { _, host in host.cpusetCpus = "x" }),
        ("Range of blkio weight is from 10 to 1000", { _, host in host.blkioWeight = 5 }),
        ("range for oom score adj is [-1000, 1000]", { _, host in host.oomScoreAdj = -1001 }),
        ("SHM size can not be less than 0", { _, host in host.shmSize = -1 }),
        ("invalid ulimit type: files", { _, host in host.ulimits = [Ulimit(name: "files", hard: 1, soft: 1)] }),
        (
            "ulimit soft limit must be less than or equal to hard limit: 2 > 1",
            { _, host in
                host.ulimits = [Ulimit(name: "nofile", hard: 1, soft: 2)]
            }
        ),
        ("invalid IPC mode: x", { _, host in host.ipcMode = "x" }),
        ("invalid IPC mode: container:", { _, host in host.ipcMode = "container:" }),
        ("invalid PID mode: container:", { _, host in host.pidMode = "container:" }),
        ("invalid UTS mode: private", { _, host in host.utsMode = "private" }),
        ("conflicting options: hostname and the UTS mode", { config, host in (config.hostname, host.utsMode) = ("h", "host") }),
        ("invalid userns mode: keep", { _, host in host.usernsMode = "keep" }),
        ("invalid CapAdd: unknown capability: \"CAP_FLY\"", { _, host in host.capAdd = ["fly"] }),
        ("invalid CapDrop: unknown capability: \"CAP_SWIM\"", { _, host in host.capDrop = ["CAP_SWIM"] }),
        (
            "invalid device mode: rwx",
            { _, host in
                host.devices = [DeviceMapping(pathOnHost: "/dev/a", pathInContainer: "", cgroupPermissions: "rwx")]
            }
        ),
        ("invalid device cgroup rule format: 'c 1:3'", { _, host in host.deviceCgroupRules = ["c 1:3"] }),
        ("invalid sysctl 'vm.swappiness'", { _, host in host.sysctls = ["vm.swappiness": "1"] }),
        ("invalid sysctl 'net.//.kernel.core_pattern'", { _, host in host.sysctls = ["net.//.kernel.core_pattern": "|/x"] }),
        (
            "sysctl 'net.core.somaxconn' not allowed in host network",
            { _, host in
                (host.networkMode, host.sysctls) = ("host", ["net.core.somaxconn": "1"])
            }
        ),
        ("invalid --security-opt 1: \"nope\"", { _, host in host.securityOpt = ["nope"] }),
        ("invalid --security-opt 2: \"nope=1\"", { _, host in host.securityOpt = ["nope=1"] }),
        ("invalid CPU shares (-1): value must be a positive integer", { _, host in host.cpuShares = -1 }),
        (
            "invalid Annotations: the empty string is not permitted as an annotation key",
            { _, host in host.annotations = ["": "x"] }
        ),
        ("unknown or invalid runtime name: kata", { _, host in host.runtime = "kata" }),
        ("invalid isolation \"hyperv\"", { _, host in host.isolation = "hyperv" }),
        (
            "invalid port specification: \"99999\"",
            { _, host in
                host.portBindings = ["80/tcp": [HostPort(hostIP: "", hostPort: "99999")]]
            }
        ),
        ("invalid ranges specified", { _, host in host.portBindings = ["80-82/tcp": [HostPort(hostIP: "", hostPort: "8000-8001")]] }),
        ("bad format for add-host: \"db\"", { _, host in host.extraHosts = ["db"] }),
        ("invalid IP address in add-host: \"1.2.3\"", { _, host in host.extraHosts = ["db:1.2.3"] }),
        (
            "conflicting options: port publishing and the container type network mode",
            { _, host in
                (host.networkMode, host.publishAllPorts) = ("container:x", true)
            }
        ),
        ("no log driver named 'splunk'", { _, host in host.logConfig = LogConfig(type: "splunk") }),
        (
            "mac-address and the network mode",
            { config, host in (config.macAddress, host.networkMode) = ("02:42:ac:11:00:02", "host") }
        ),
        ("unknown log opt 'nope'", { _, host in host.logConfig = LogConfig(config: ["nope": "1"]) }),
        ("invalid max-size: x", { _, host in host.logConfig = LogConfig(config: ["max-size": "x"]) }),
        ("invalid restart policy: unknown policy 'sometimes'", { _, host in host.restartPolicy = RestartPolicy(name: "sometimes") }),
        (
            "maximum retry count can only be used with 'on-failure'",
            { _, host in
                host.restartPolicy = RestartPolicy(name: "always")
                host.restartPolicy.maximumRetryCount = 2
            }
        ),
        (
            "maximum retry count can only be used with 'on-failure'",
            { _, host in
                host.restartPolicy = RestartPolicy(name: "no")
                host.restartPolicy.maximumRetryCount = 2
            }
        ),
        (
            "can't create 'AutoRemove' container with restart policy",
            { _, host in
                (host.autoRemove, host.restartPolicy) = (true, RestartPolicy(name: "always"))
            }
        ),
        ("Duplicate mount point: /d", { _, host in (host.binds, host.tmpfs) = (["/a:/d"], ["/d/": ""]) }),
        ("invalid tmpfs option", { _, host in host.tmpfs = ["/d": "bogus"] }),
        ("malformed volumes-from specification: \":ro\"", { _, host in host.volumesFrom = [":ro"] }),
        ("bad format for links: a:b:c", { _, host in host.links = ["a:b:c"] }),
        (
            "conflicting options: host type networking can't be used with links",
            { _, host in (host.networkMode, host.links) = ("host", ["a:b"]) }
        ),
        (
            "invalid label berth.health.dial=udp://:53: it is tcp://[ADDRESS]:PORT or http://",
            { config, _ in config.labels = ["berth.health.dial": "udp://:53"] }
        ),
        ("unknown storage option: inodes", { _, host in host.storageOpt = ["inodes": "5", "size": "1g"] }),
        ("invalid size of the storage option: 'much'", { _, host in host.storageOpt = ["size": "much"] }),
    ]

    @Test(arguments: faults.indices)
    func fault(index: Int) {
        let (words, change) = Self.faults[index]
        #expect(report(change).faults.contains { $0.contains(words) }, "\(words) in \(report(change).faults)")
    }

    @Test func aPlainRequestHasNeitherFaultNorWarning() {
        #expect(report { _, _ in } == SettingsReport())
    }

    /// Clients send a count without a name; and `no` is no policy that goes against the container's removal.
    @Test(arguments: [("", 3), ("", -1), ("no", 0)])
    func restartPoliciesThatAreNone(name: String, count: Int) {
        let report = report { _, host in
            host.restartPolicy = RestartPolicy(name: name)
            (host.restartPolicy.maximumRetryCount, host.autoRemove) = (count, true)
        }
        #expect(report == SettingsReport())
    }

    @Test func allFaultsAreToldAtOnce() {
        let report = report { config, host in
            config.workingDir = "x"
            host.memory = 1
            host.capAdd = ["FLY"]
        }
        #expect(report.faults.count == 3)
        #expect { try report.throwFaults() } throws: { ($0 as? RPCError)?.message.split(separator: "\n").count == 3 }
    }

    static let warnings: [(String, Change)] = [
        ("Published ports are discarded", { _, host in (host.networkMode, host.publishAllPorts) = ("host", true) }),
        ("Your kernel does not support AppArmor.", { _, host in host.securityOpt = ["apparmor=mine"] }),
        ("OOM killer is disabled for the container", { _, host in host.oomKillDisable = true }),
        ("HostConfig.CpuCount", { _, host in host.cpuCount = 1 }),
        ("berth.health.on-failure=reboot has no effect", { config, _ in config.labels = ["berth.health.on-failure": "reboot"] }),
        ("berth.stop.fast=yes has no effect", { config, _ in config.labels = ["berth.stop.fast": "yes"] }),
        (
            "label berth.health.dial takes the place of the health check's command",
            { config, _ in
                config.labels = ["berth.health.dial": "tcp://:80"]
                config.healthcheck = HealthConfig()
                config.healthcheck?.test = ["CMD", "true"]
            }
        ),
        (
            "Unknown healthcheck type 'EXEC' (expected 'CMD')",
            { config, _ in
                config.healthcheck = HealthConfig()
                config.healthcheck?.test = ["EXEC", "true"]
            }
        ),
    ]

    @Test(arguments: warnings.indices)
    func warning(index: Int) {
        let (words, change) = Self.warnings[index]
        let report = report(change)
        #expect(report.faults.isEmpty && report.warnings.contains { $0.contains(words) })
    }

    @Test func whatTheKernelDoesNotLimitIsWarnedOfAndDropped() throws {
        var host = HostConfig()
        (host.memory, host.memoryReservation, host.memorySwappiness, host.oomKillDisable) = (1 << 30, 1 << 29, 10, true)
        (host.pidsLimit, host.cpuShares, host.cpuPeriod, host.cpusetCpus, host.blkioWeight) = (5, 100, 10_000, "0", 100)
        host.blkioWeightDevice = [WeightDevice(path: "/dev/a", weight: 100)]
        let rates = [ThrottleDevice(path: "/dev/a", rate: 1)]
        (host.blkioDeviceReadBps, host.blkioDeviceWriteBps) = (rates, rates)
        (host.blkioDeviceReadIOps, host.blkioDeviceWriteIOps) = (rates, rates)
        var facts = HostFacts.sample
        facts.limits = []
        var report = SettingsReport()
        LimitSupport.check(host, facts, &report)
        #expect(report.faults.isEmpty && report.warnings == LimitSupport.table.map(\.warning))
        LimitSupport.discard(from: &host, facts)
        #expect(LimitSupport.table.allSatisfy { !$0.isSet(host) })

        var realtime = HostConfig()
        (realtime.cpuRealtimeRuntime, realtime.nanoCPUs) = (1, 1)
        LimitSupport.check(realtime, facts, &report)
        #expect(report.faults.count == 2)
    }

    @Test func predefinedNetworksTakeNoAliasesAndNoAddresses() {
        var endpoint = EndpointSettings()
        endpoint.aliases = ["db"]
        endpoint.ipamConfig = EndpointIPAMConfig()
        endpoint.ipamConfig?.ipv4Address = "10.0.0.5"
        #expect(report({ _, _ in }, endpoints: ["bridge": endpoint]).faults.count == 2)
        #expect(report({ _, _ in }, endpoints: ["own": endpoint]).faults.isEmpty)
        endpoint.ipamConfig?.ipv4Address = "10.0.0"
        #expect(report({ _, _ in }, endpoints: ["own": endpoint]).faults.count == 1)
    }

    @Test func everyUnsupportedFieldIsNamed() {
        for field in UnsupportedField.table {
            switch field.answer {
            case .refuse(let words), .warn(let words): #expect(words.contains("HostConfig.\(field.name)"))
            }
            #expect(!field.isSet(HostConfig()))
        }
    }

    @Test(arguments: ["host", "none", "container:x"])
    func aliasesNeedANetworkOfTheUsers(mode: String) async throws {
        let test = try TestEngine()
        var endpoint = EndpointSettings()
        endpoint.aliases = ["db"]
        var (config, host) = (ContainerConfig(), HostConfig())
        (config.image, host.networkMode) = ("busybox", mode)
        let request = ContainerCreateRequest(
            config: config, hostConfig: host, networkingConfig: NetworkingConfig(endpointsConfig: [mode: endpoint]))
        let error = await #expect(throws: RPCError.self) {
            _ = try await test.engine.create(request, name: nil, platform: nil, context: .fresh())
        }
        #expect(error?.message == "network-scoped alias is supported only for containers in user defined networks")
        await test.close()
    }
}
