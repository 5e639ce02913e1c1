// What a container may be at a scoped socket, rule by rule.
import Models
import RPC
import ServiceKit
import Testing
import TestSupport

@testable import GatewayAPI

@Suite struct CreateRuleTests {
    private func rules(_ change: (inout ScopedSocket) -> Void = { _ in }) -> CreateRules {
        var socket = ScopedSocket(path: "/x")
        change(&socket)
        return CreateRules(policy: AccessPolicy(socket: socket))
    }

    private func host(_ rules: CreateRules, _ change: (inout HostConfig) -> Void) throws -> HostConfig {
        var host = HostConfig()
        change(&host)
        let request = ContainerCreateRequest(config: ContainerConfig(), hostConfig: host)
        return try #require(try rules.apply(to: request).hostConfig)
    }

    private func isRefused(_ rules: CreateRules, _ change: (inout HostConfig) -> Void) -> Bool {
        TestSupport.isRefused { _ = try host(rules, change) }
    }

    private static let privileges: [@Sendable (inout HostConfig) -> Void] = [
        { $0.privileged = true }, { $0.networkMode = "host" }, { $0.pidMode = "host" }, { $0.ipcMode = "host" }, { $0.utsMode = "host" },
        { $0.cgroupnsMode = "host" }, { $0.usernsMode = "host" }, { $0.capAdd = ["SYS_ADMIN"] }, { $0.capAdd = ["cap_net_admin"] },
        { $0.capAdd = ["ALL"] }, { $0.securityOpt = ["seccomp=unconfined"] }, { $0.securityOpt = ["apparmor=unconfined"] },
        { $0.devices = [DeviceMapping(pathOnHost: "/dev/sda", pathInContainer: "/dev/sda", cgroupPermissions: "rwm")] },
        { $0.deviceCgroupRules = ["a *:* rwm"] }, { $0.cgroupParent = "/" }, { $0.maskedPaths = [] }, { $0.readonlyPaths = [] },
        { $0.oomScoreAdj = -1000 }, { $0.securityOpt = ["no-new-privileges:false"] }, { $0.logConfig = LogConfig(type: "fluentd") },
    ]

    @Test func everyPrivilegeIsRefusedUnlessItIsAllowed() {
        for (index, change) in Self.privileges.enumerated() {
            #expect(isRefused(rules(), change), "privilege \(index)")
            #expect(!isRefused(rules { $0.allowsPrivileged = true }, change), "privilege \(index)")
        }
        var labelled = ContainerCreateRequest(config: ContainerConfig())
        labelled.config?.labels = [ContainerConfig.userNamespaceLabel: "host"]
        #expect(throws: RPCError.self) { try rules().apply(to: labelled) }
        #expect(!isRefused(rules()) { $0.capAdd = ["CHOWN", "CAP_KILL"] })
        #expect(!isRefused(rules()) { $0.securityOpt = ["no-new-privileges"] })
    }

    private static func volume(_ options: [String: String]) -> @Sendable (inout HostConfig) -> Void {
        { host in
            var mount = MountRequest()
            (mount.type, mount.target) = ("volume", "/m")
            var own = MountRequest.VolumeOptions()
            own.driverConfig = MountRequest.DriverConfig()
            own.driverConfig?.options = options
            mount.volumeOptions = own
            host.mounts = [mount]
        }
    }

    private static func mount(_ type: String) -> @Sendable (inout HostConfig) -> Void {
        { host in
            var mount = MountRequest()
            (mount.type, mount.source, mount.target) = (type, "/etc", "/m")
            host.mounts = [mount]
        }
    }

    @Test func everyWayToTheHostsFilesIsRefusedUnlessItIsAllowed() {
        let ways: [@Sendable (inout HostConfig) -> Void] = [
            { $0.binds = ["/etc:/m"] }, { $0.binds = ["./etc:/m"] }, Self.mount("bind"), Self.mount("npipe"),
            Self.volume(["type": "none", "o": "bind", "device": "/etc"]), Self.volume(["type": "ext4", "device": "/dev/sda1"]),
            Self.volume(["type": "tmpfs", "o": "bind", "device": "tmpfs"]), Self.volume(["device": "/etc"]),
        ]
        for (index, change) in ways.enumerated() {
            #expect(isRefused(rules(), change), "way \(index)")
            #expect(!isRefused(rules { $0.allowsHostMounts = true }, change), "way \(index)")
        }
        #expect(!isRefused(rules()) { $0.binds = ["data:/m"] })
        #expect(!isRefused(rules()) { $0.logConfig = LogConfig(type: "local") })
        #expect(!isRefused(rules(), Self.volume(["type": "tmpfs", "device": "tmpfs", "o": "size=1m"])))
    }

    @Test func ceilingsAreGivenAndKept() throws {
        let rules = rules { ($0.memory, $0.cpus, $0.pids) = (64 << 20, 0.5, 20) }
        let given = try host(rules) { _ in }
        #expect(given.memory == 64 << 20 && given.nanoCPUs == 500_000_000 && given.pidsLimit == 20)
        #expect(try host(rules) { $0.memory = 32 << 20 }.memory == 32 << 20)
        #expect(try host(rules) { $0.cpuQuota = 20_000 }.nanoCPUs == 0)
        for change: @Sendable (inout HostConfig) -> Void in [
            { $0.memory = 65 << 20 }, { $0.memorySwap = -1 }, { $0.memorySwap = 1 << 40 }, { $0.nanoCPUs = 600_000_000 },
            { $0.cpuQuota = 60_000 }, { ($0.cpuQuota, $0.cpuPeriod) = (20_000, 10_000) }, { $0.pidsLimit = 21 }, { $0.pidsLimit = -1 },
        ] { #expect(isRefused(rules, change)) }
    }

    @Test func anUpdateKeepsTheCeilings() throws {
        let rules = rules { ($0.memory, $0.cpus, $0.pids) = (64 << 20, 0.5, 20) }
        func check(_ change: (inout HostConfig) -> Void) throws {
            var host = HostConfig()
            change(&host)
            _ = try rules.apply(toUpdate: host)
        }
        try check { $0.memory = 32 << 20 }
        for change: @Sendable (inout HostConfig) -> Void in [
            { $0.memory = 65 << 20 }, { $0.memorySwap = -1 }, { $0.nanoCPUs = 1_000_000_000 }, { $0.cpuQuota = -1 },
            { $0.cpuPeriod = 1000 }, { $0.pidsLimit = 21 },
        ] { #expect(throws: RPCError.self) { try check(change) } }
    }

    @Test func labelsAreGivenAndCannotBeOthers() throws {
        let rules = rules { $0.labels = ["team": "a"] }
        func labels(_ labels: [String: String]?) throws -> [String: String]? {
            var config = ContainerConfig()
            config.labels = labels
            return try rules.apply(to: ContainerCreateRequest(config: config)).config?.labels
        }
        #expect(try labels(nil) == ["team": "a"])
        #expect(try labels(["x": "y", "team": "a"]) == ["x": "y", "team": "a"])
        #expect(throws: RPCError.self) { try labels(["team": "b"]) }
        #expect(rules.policy.narrowed(Filters(["label": ["x"]])).values("label") == ["x", "team=a"])
        #expect(!rules.policy.admits(["team": "b"]) && !rules.policy.admits(nil) && rules.policy.admits(["team": "a", "x": "y"]))
    }

    @Test func readingRoutesAreLeft() {
        let policy = AccessPolicy(socket: ScopedSocket(path: "/x", isReadOnly: true))
        for (method, pattern, isLeft) in [
            ("GET", "/containers/json", true), ("HEAD", "/containers/{name}/archive", true), ("POST", "/containers/{name}/wait", true),
            ("POST", "/containers/create", false), ("DELETE", "/containers/{name}", false), ("PUT", "/containers/{name}/archive", false),
            ("GET", "/containers/{name}/attach/ws", false), ("POST", "/containers/{name}/exec", false),
        ] {
            #expect(ReadOnlyRoutes.reads(method, pattern) == isLeft, "\(method) \(pattern)")
        }
        #expect(policy.socket.isReadOnly)
    }
}
