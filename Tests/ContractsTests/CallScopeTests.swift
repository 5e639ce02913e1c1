// What a call with a scope may not do, rule by rule.
import Contracts
import RPC
import Testing
import TestSupport

@Suite struct CallScopeTests {
    @Test func wordsAreReadAsTheyAreWritten() {
        var scope = CallScope()
        #expect(scope.text.isEmpty && CallScope("") == scope)
        (scope.isReadOnly, scope.forbidsPrivileges, scope.forbidsHostMounts) = (true, true, true)
        (scope.memory, scope.pids, scope.processors) = (64 << 20, 9, 500_000)
        #expect(scope.text == "read-only no-privileges no-host-mounts memory=67108864 pids=9 processors=500000")
        #expect(CallScope(scope.text) == scope)
        scope.labels = ["team": "a", "io.name/a b": "ü=%:x ", "empty": ""]
        #expect(scope.text.hasSuffix(" label=empty: label=io%2ename%2fa%20b:%c3%bc%3d%25%3ax%20 label=team:a"))
        #expect(CallScope(scope.text) == scope)
    }

    @Test(arguments: ["no-such-word", "memory", "memory=x", "read-only=1"])
    func aWordThatIsNotKnownAllowsNothing(word: String) {
        #expect(isRefused { try CallScope(word).check(method: ListImages.name) })
    }

    @Test func readingIsLeftToReaders() {
        let scope = CallScope("read-only")
        #expect(!isRefused { try scope.check(method: ListImages.name) })
        for method in [
            CreateVolume.name, CreateSandbox.name, StartContainer.name, RemoveImage.name, SignalContainer.name, AttachContainer.name,
        ] {
            #expect(isRefused { try scope.check(method: method) }, "\(method)")
            #expect(!isRefused { try CallScope("no-privileges").check(method: method) })
        }
    }

    @Test func volumesShowNoFilesOfTheHost() {
        let scope = CallScope("no-host-mounts")
        for options in [["device": "/etc", "o": "bind", "type": "none"], ["type": "tmpfs", "o": "size=1m,bind"], ["device": "/dev/sda"]] {
            #expect(isRefused { try scope.check(volumeOptions: options) }, "\(options)")
            #expect(!isRefused { try CallScope().check(volumeOptions: options) })
        }
        #expect(!isRefused { try scope.check(volumeOptions: ["type": "tmpfs", "device": "tmpfs", "o": "size=1m"]) })
    }

    @Test func networksStayAwayFromTheHosts() {
        let scope = CallScope("no-privileges")
        let host = CreateSandbox.Request(containerID: "c", containerName: "c", mode: .host, endpoints: [], ports: [], hostname: "h")
        #expect(isRefused { try scope.check(host) } && !isRefused { try CallScope().check(host) })
        var network = CreateNetwork.Request(name: "n", driver: "bridge")
        #expect(!isRefused { try scope.check(network) })
        network.options = ["com.docker.network.bridge.name": "eth0"]
        #expect(isRefused { try scope.check(network) })
        #expect(isRefused { try scope.check(CreateNetwork.Request(name: "n", driver: "macvlan")) })
    }

    @Test func onlyWhatHasTheLabelsIsTouched() {
        var scope = CallScope()
        scope.labels = ["team": "a", "stage": "x"]
        for labels in [nil, [:], ["team": "a"], ["team": "b", "stage": "x"]] as [[String: String]?] {
            #expect(isRefused { try scope.check(labels: labels, of: "it") })
            #expect(!isRefused { try CallScope().check(labels: labels, of: "it") })
        }
        let own = ["team": "a", "stage": "x", "more": "y"]
        #expect(!isRefused { try scope.check(labels: own, of: "it") })
        #expect(isRefused { try scope.check(volume: "named", labels: [:]) } && !isRefused { try scope.check(volume: "named", labels: own) })
        // Its containers' alone.
        #expect(!isRefused { try scope.check(volume: "", labels: [:]) })
        #expect(!isRefused { try scope.check(volume: "x", labels: [VolumeRecord.anonymousLabel: ""]) })
        var network = CreateNetwork.Request(name: "n", driver: "bridge")
        #expect(isRefused { try scope.check(network) })
        network.labels = own
        #expect(!isRefused { try scope.check(network) })
        var sandbox = CreateSandbox.Request(containerID: "c", containerName: "c", mode: .own, hostname: "h")
        #expect(isRefused { try scope.check(sandbox) })
        sandbox.labels = own
        #expect(!isRefused { try scope.check(sandbox) })
    }

    private func specification(_ change: (inout ContainerSpec) -> Void = { _ in }) -> ContainerSpec {
        var spec = ContainerSpec(
            id: "c", rootfs: RootfsSpec(lower: [], upper: "", work: ""), process: ProcessSpec(arguments: ["x"]), hostname: "h",
            maskedPaths: CallScope.maskedPaths.sorted(), readonlyPaths: CallScope.readonlyPaths.sorted())
        spec.process.capabilities = ["CAP_CHOWN"]
        (spec.cgroup.memory, spec.cgroup.pidsLimit) = (1 << 20, 5)
        change(&spec)
        return spec
    }

    @Test func containersHaveNoPrivileges() {
        let scope = CallScope("no-privileges")
        #expect(!isRefused { try scope.check(specification(), directories: []) })
        let changes: [(inout ContainerSpec) -> Void] = [
            { $0.privileged = true }, { $0.process.capabilities.append("CAP_SYS_ADMIN") }, { $0.namespaces.pid = .host },
            { $0.namespaces.network = .host }, { $0.namespaces.ipc = .host }, { $0.namespaces.uts = .host }, { $0.seccomp = .unconfined },
            { $0.process.oomScoreAdjustment = -1 }, { $0.maskedPaths.removeLast() }, { $0.readonlyPaths = [] },
            { $0.hooks = [HookSpec(path: "/bin/true")] }, { $0.deviceRules = ["a *:* rwm"] },
            { $0.sysctls = ["net.//.kernel.core_pattern": "|/x"] },
            { $0.devices = [DeviceSpec(hostPath: "/dev/sda", containerPath: "/dev/sda")] },
        ]
        for (index, change) in changes.enumerated() {
            #expect(isRefused { try scope.check(specification(change), directories: []) }, "change \(index)")
            #expect(!isRefused { try CallScope().check(specification(change), directories: []) })
        }
    }

    @Test func containersHaveNoFilesOfTheHostAndKeepTheirCeilings() {
        let mount = specification { $0.mounts = [MountSpec(kind: .bind, source: "/etc", destination: "/m")] }
        let own = specification { $0.mounts = [MountSpec(kind: .bind, source: "/root/volumes/v", destination: "/m")] }
        let scope = CallScope("no-host-mounts memory=2097152 pids=10")
        #expect(isRefused { try scope.check(mount, directories: ["/root"]) })
        #expect(!isRefused { try scope.check(own, directories: ["/root"]) })
        for change: (inout ContainerSpec) -> Void in [
            { $0.cgroup.memory = nil }, { $0.cgroup.memory = 1 << 30 }, { $0.cgroup.pidsLimit = nil }, { $0.cgroup.pidsLimit = 11 },
        ] { #expect(isRefused { try scope.check(specification(change), directories: []) }) }
    }

    /// Whatever it may use itself.
    @Test func nobodyRunsAnythingInWhatHasMore() {
        let mount = specification { $0.mounts = [MountSpec(kind: .bind, source: "/etc", destination: "/m")] }
        let large = specification { $0.cgroup.memory = nil }
        let scope = CallScope("no-privileges no-host-mounts memory=2097152")
        #expect(isRefused { try scope.check(entering: mount, directories: ["/root"]) })
        #expect(isRefused { try scope.check(entering: specification { $0.privileged = true }, directories: []) })
        #expect(!isRefused { try scope.check(entering: large, directories: []) } && isRefused { try scope.check(large, directories: []) })
    }

    @Test func logsGoToNoSocketOfTheHostButItsLogServices() {
        let scope = CallScope("no-host-mounts")
        let own = RemoteLog(format: .syslog, transport: .unixStream, address: "/run/berth/berth.sock")
        #expect(isRefused { try scope.check(own) } && !isRefused { try CallScope().check(own) })
        #expect(!isRefused { try scope.check(RemoteLog(format: .syslog, transport: .unixDatagram, address: "/dev/log")) })
        #expect(!isRefused { try scope.check(RemoteLog(format: .gelf, transport: .udp, address: "192.0.2.1", port: 1)) })
        #expect(!isRefused { try scope.check(nil as RemoteLog?) })
    }

    @Test(
        arguments: [
            (50_000, 100_000, false), (50_000, nil, false), (50_001, 100_000, true), (1_000, 1_000, true), (-1, 100_000, true),
            (nil, nil, true), (Int64.max, 2, true),
        ] as [(Int64?, Int64?, Bool)])
    func processorsAreNotExceeded(quota: Int64?, period: Int64?, refused: Bool) {
        let spec = specification { ($0.cgroup.cpuQuota, $0.cgroup.cpuPeriod) = (quota, period) }
        #expect(isRefused { try CallScope("processors=500000").check(spec.cgroup) } == refused)
        #expect(!isRefused { try CallScope().check(spec.cgroup) })
    }
}
