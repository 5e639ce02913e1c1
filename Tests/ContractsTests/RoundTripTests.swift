// Every message of the contracts survives its encoding.
import Contracts
import RPC
import Testing

@Suite struct RoundTripTests {
    private static let exit = ExitRecord(exitCode: 137, signal: 9, outOfMemory: true, startedAt: 1, finishedAt: .max, message: "killed")
    private static let running = RunningContainer(pid: 4711, startedAt: 1_700_000_000_000_000_000)
    private static let exec = ExecState(execID: "e", pid: 12, running: true, exitCode: nil)

    @Test(arguments: [.prepared, .running(running), .paused(running), .exited(exit)] as [ShimPhase])
    func phases(phase: ShimPhase) throws {
        try survives(phase)
        try survives(
            InspectShim.Response(
                containerID: "c", shimPID: 7, version: "0", phase: phase, execs: [Self.exec], attachedClients: 2, outputBytes: .max,
                droppedLogLines: 1))
    }

    @Test(
        arguments: [
            .started(running), .paused, .resumed, .outOfMemory, .exited(exit), .execStarted(execID: "e", pid: 1),
            .execExited(execID: "e", exitCode: 2),
        ] as [ShimEvent])
    func events(event: ShimEvent) throws {
        try survives(event)
        try survives(ShimNotice(sequence: 7, time: 9, event))
    }

    @Test func anEventOfANewerShimIsANoticeThatNobodyKnows() throws {
        struct Newer: Codable {
            enum Event: Codable { case vanished(reason: String) }
            var sequence: UInt64 = 7
            var time: Int64 = 9
            var event = Event.vanished(reason: "x")
        }
        let bytes = try CBOREncoder().encode(Newer())
        #expect(try CBORDecoder().decode(ShimNotice.self, from: bytes) == ShimNotice(sequence: 7, time: 9, .unknown))
    }

    @Test(
        arguments: [.own, .host, .path("/proc/1/ns/ipc")] as [NamespaceSpec.Mode], [.builtin, .unconfined, .profile("{}")] as [SeccompSpec])
    func containers(mode: NamespaceSpec.Mode, seccomp: SeccompSpec) throws {
        let process = ProcessSpec(
            arguments: ["sh", "-c", "true"], environment: ["A=b"], user: "1000:1000", additionalGroups: ["wheel"],
            capabilities: ["CAP_CHOWN"], noNewPrivileges: true, rlimits: [ResourceLimit(name: "nofile", soft: 1, hard: -1)],
            oomScoreAdjustment: -5, terminal: true, terminalSize: TerminalSize(columns: 80, rows: 24))
        let spec = ContainerSpec(
            id: String(repeating: "a", count: 64), rootfs: RootfsSpec(lower: ["/l1", "/l2"], upper: "/u", work: "/w", readonly: true),
            process: process, hostname: "h", domainname: "d",
            namespaces: NamespaceSpec(network: mode, pid: mode, ipc: mode, uts: mode, cgroup: mode),
            mounts: [
                MountSpec(kind: .bind, source: "/s", destination: "/d"), MountSpec(kind: .tmpfs, destination: "/t", options: ["size=1m"]),
            ],
            devices: [
                DeviceSpec(hostPath: "/dev/null", containerPath: "/dev/null"),
                DeviceSpec(hostPath: "", containerPath: "/dev/x", permissions: "", node: DeviceNodeSpec(kind: "b", major: 8, minor: 1)),
            ], deviceRules: ["c 10:200 rwm"],
            maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"], sysctls: ["net.ipv4.ip_forward": "1"],
            cgroup: CgroupSpec(memory: 1 << 30, memorySwap: -1, cpuShares: 2, cpuQuota: -1, cpusetCpus: "0-1", pidsLimit: -1),
            seccomp: seccomp, privileged: true, usesInit: true,
            hooks: [HookSpec(path: "/h", arguments: ["h", "x"], environment: ["A=b"], timeout: 5), HookSpec(path: "/i")])
        try survives(StartContainer.Request(spec: spec))
        let decoded = try CBORDecoder().decode(StartContainer.Request.self, from: CBOREncoder().encode(StartContainer.Request(spec: spec)))
        #expect(decoded.spec == spec)
        try survives(StartExec.Request(execID: "e", process: process, privileged: true, stdin: true, detachKeys: [16, 17]))
    }

    @Test func shimRequests() throws {
        try survives(
            AdoptContainer.Request(
                containerID: "c", root: "/r", run: "/n", terminal: true, openStdin: false, stdinOnce: true,
                log: LogSpec(driver: .none, maxSize: nil, maxFile: 1, attributes: ["k": "v"])))
        try survives(SignalContainer.Request(signal: 15, all: true, execID: "e"))
        try survives(SignalContainer.Request(signal: 15))
        try survives(ResizeTerminal.Request(size: TerminalSize(columns: .max, rows: 0), execID: nil))
        try survives(AttachContainer.Request(stdin: true, stdout: false, stderr: true, logs: true, stream: false, detachKeys: [0, 255]))
        try survives(ReleaseShim.Request(removesContainerDirectory: true))
        try survives(RecoverContainer.Request(containerID: "c", root: "/r", run: "/n", cgroupParent: "/p", removesContainerDirectory: true))
    }

    @Test func shimResponses() throws {
        try survives(Self.running)
        try survives(Self.exec)
        try survives(AttachContainer.Response(detached: true))
        try survives(ListProcesses.Response(pids: [1, .max]))
        try survives(RecoverContainer.Response(exit: Self.exit))
        try survives(RecoverContainer.Response(exit: nil))
        try survives(RPCNothing())
    }

    @Test func images() throws {
        let image = ImageRecord(
            id: "sha256:x", tags: ["busybox:latest"], digests: [], config: Array("{}".utf8), manifestDigest: "",
            size: .max, lastTaggedAt: 0)
        try survives(image)
        try survives(ListImages.Response(images: [image, image]))
        try survives(InspectImage.Request(name: "x"))
        try survives(ArchiveChunk(bytes: [UInt8](repeating: 1, count: 256 << 10)))
        try survives(ImageProgress(id: "i", status: "s", stream: nil, current: 1, total: nil))
        try survives(ImportImage.Request(reference: nil, message: "m", changes: ["CMD x"], platform: "linux/arm64/v8"))
        try survives(ImportImage.Response(imageID: "sha256:x"))
        try survives(LoadImages.Request(quiet: true, platform: nil))
        try survives(LoadImages.Response(imageIDs: ["a"], tags: []))
        try survives(TagImage.Request(source: "a", reference: "b"))
        try survives(TagImage.Response(imageID: "a", untaggedImageID: "b"))
        try survives(RemoveImage.Request(name: "x", force: true, uses: [RemoveImage.Use(imageID: "i", containerID: "c", running: true)]))
        try survives(RemoveImage.Response(imageID: "i", steps: [.untagged("a"), .deleted("b")]))
    }

    @Test func snapshots() throws {
        let snapshot = SnapshotRecord(containerID: "c", imageID: "i", lower: ["/a", "/b"], upper: "/u", work: "/w")
        try survives(PrepareSnapshot.Request(containerID: "c", imageID: "i"))
        try survives(snapshot)
        try survives(RemoveSnapshot.Request(containerID: "c"))
        try survives(ListSnapshots.Response(snapshots: [snapshot]))
        try survives(MeasureSnapshot.Request(containerID: "c"))
        try survives(MeasureSnapshot.Response(writable: 1, image: 2))
    }

    @Test(arguments: [.own, .host, .container("c")] as [CreateSandbox.Mode]) func networks(mode: CreateSandbox.Mode) throws {
        let binding = PortBinding(containerPort: 80, transport: .sctp, hostAddress: "127.0.0.1", hostPortFirst: 1, hostPortLast: .max)
        try survives(
            CreateSandbox.Request(
                containerID: "c", containerName: "n", mode: mode, endpoints: [EndpointRequest(network: "bridge", ipv4Address: "10.0.0.2")],
                ports: [binding], hostname: "h", dnsServers: ["1.1.1.1"], extraHosts: ["a:host-gateway"]))
        let endpoint = EndpointRecord(
            networkName: "bridge", networkID: "i", endpointID: "e", interface: "eth0", macAddress: "02:42:ac:11:00:02",
            ipv4Address: "172.17.0.2", ipv4PrefixLength: 16, ipv4Gateway: "172.17.0.1")
        let sandbox = SandboxRecord(
            containerID: "c", namespacePath: "/run/netns/c", endpoints: [endpoint],
            ports: [PublishedPort(containerPort: 80, transport: .tcp, hostAddress: "", hostPort: 8080)], hostsPath: "/h",
            hostnamePath: "/n", resolvConfPath: "/r")
        try survives(sandbox)
        try survives(ListSandboxes.Response(sandboxes: [sandbox]))
        try survives(RemoveSandbox.Request(containerID: "c", keepsFiles: true))
        let network = NetworkRecord(
            id: "i", name: "n", driver: "bridge", createdAt: 5, pools: [.init(subnet: "10.0.0.0/8", gateway: "10.0.0.1")],
            options: ["com.docker.network.bridge.name": "berth0"])
        try survives(ListNetworks.Response(networks: [network]))
    }
}

/// Encodes, decodes, and encodes again: the bytes are the same, so nothing was lost. A dictionary has one entry, since its order is open.
private func survives<Value: Codable>(_ value: Value, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let encoded = try CBOREncoder().encode(value)
    let decoded = try CBORDecoder().decode(Value.self, from: encoded)
    let again = try CBOREncoder().encode(decoded)
    let isSame = again == encoded
    #expect(isSame, "\(decoded) is not \(value)", sourceLocation: sourceLocation)
}
