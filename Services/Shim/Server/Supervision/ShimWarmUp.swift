// What every shim would set up for itself, done once by their parent: the pages stay shared.
import CLinux
import Contracts
import RPC

/// Codes the messages of a container's ordinary life once, and rehearses a connection. The runtime builds a type's metadata and its
/// conformances on first use; after a fork, a copy is kept by each process that builds them, and shared by those that find them built.
enum ShimWarmUp {
    static func run(_ host: RuntimeHost) {
        requests()
        responses()
        try? ShimRehearsal(host: host).run()
        clinux_trim_heap()
    }

    private static func requests() {
        code(
            AdoptContainer.Request(
                containerID: "c", root: "/", run: "/", terminal: false, openStdin: false, stdinOnce: false,
                log: LogSpec(attributes: ["a": "b"])))
        code(StartContainer.Request(spec: spec, supervision: supervision))
        code(WatchShim.Request(after: 1))
        code(UpdateContainer.Request(cgroup: spec.cgroup, restart: RestartRule()))
        code(SignalContainer.Request(signal: 1, execID: "e", end: EndRequest(.stop)))
        code(ResizeTerminal.Request(size: TerminalSize(columns: 1, rows: 1), execID: "e"))
        code(AttachContainer.Request(stdin: true, stdout: true, stderr: true, detachKeys: [1]))
        code(StartExec.Request(execID: "e", process: spec.process, detachKeys: [1]))
        code(ReleaseShim.Request())
        code(RecoverContainer.Request(containerID: "c", root: "/", run: "/", cgroupParent: "/"))
        code(KillShim.Request(containerID: "c", root: "/", run: "/", cgroupParent: "/"))
        code(RPCNothing())
    }

    private static func responses() {
        let running = RunningContainer(pid: 1, startedAt: 1)
        let cause = ExitCause(.signal, signal: "a", request: "a", memoryPeak: 1, memoryLimit: 1)
        let record = ExitRecord(exitCode: 1, signal: 1, startedAt: 1, finishedAt: 1, cause: cause)
        let result = HealthResult(start: 1, end: 1, exitCode: 1, output: "a")
        let report = HealthReport(results: [result])
        let exec = ExecState(execID: "e", pid: 1, running: false, exitCode: 1)
        code(running)
        code(record)
        code(exec)
        for phase in [ShimPhase.prepared, .running(running), .paused(running), .restarting(record), .exited(record)] {
            code(
                InspectShim.Response(
                    containerID: "c", shimPID: 1, version: "", phase: phase, execs: [exec], attachedClients: 0,
                    outputBytes: 0, droppedLogLines: 0, restartCount: 1, supervision: supervision, health: report))
        }
        let events: [ShimEvent] = [
            .started(running), .paused, .resumed, .outOfMemory, .exited(record), .execStarted(execID: "e", pid: 1),
            .execExited(execID: "e", exitCode: 1), .restarting(RestartNotice(exit: record, count: 1, delayMilliseconds: 1)),
            .healthChecked(HealthNotice(status: .healthy, failingStreak: 0, result: result)), .healthChanged(.healthy), .health(report),
            .logFailing(droppedLines: 1), .logResumed(droppedLines: 1),
        ]
        for event in events { code(ShimNotice(event)) }
        code(AttachContainer.Response(detached: false))
        code(SignalContainer.Response(isUnheeded: true))
        code(ListProcesses.Response(pids: [1]))
        code(stats)
        code(RecoverContainer.Response(exit: record))
        code(RPCError(.conflict, "words", details: ["a": "b"]))
    }

    private static var stats: StatsSample {
        let counter = IOCounter(major: 1, minor: 1, kind: "Read", value: 1)
        let line = PressureSample.Line(average10: 0, average60: 0, average300: 0, total: 0)
        var sample = StatsSample(
            time: 1, cgroupVersion: 1, io: [counter], operations: [counter], networks: ["a": NetworkCounters(received: [], sent: [])],
            pressure: ["cpu": PressureSample(some: line, full: line)])
        sample.cpu.perCPU = [1]
        sample.memory.maximum = 1
        sample.memory.details = ["a": 1]
        sample.pids.limit = 1
        return sample
    }

    static var supervision: SupervisionSpec {
        SupervisionSpec(
            restart: RestartRule(.always, maximumRetries: 1), stop: StopRule(killsUnheeding: true),
            health: HealthSpec(process: spec.process, dial: dial))
    }

    private static var dial: DialSpec { DialSpec(.http, address: "a", port: 1, target: "/", host: "h") }

    /// Has something in every list and every optional, so that nothing is met for the first time later.
    static var spec: ContainerSpec {
        ContainerSpec(
            id: "c", rootfs: RootfsSpec(lower: ["/"], upper: "/", work: "/"),
            process: ProcessSpec(
                arguments: ["a"], environment: ["A=b"], additionalGroups: ["1"], capabilities: ["CAP_CHOWN"],
                rlimits: [ResourceLimit(name: "core", soft: 0, hard: 0)], oomScoreAdjustment: 0, terminal: true,
                terminalSize: TerminalSize(columns: 1, rows: 1)),
            hostname: "h", namespaces: NamespaceSpec(network: .path("/"), pid: .host),
            mounts: [MountSpec(kind: .bind, source: "/", destination: "/", options: ["ro"], idMap: IDMap(first: 1, count: 1))],
            devices: [DeviceSpec(hostPath: "/", containerPath: "/", node: DeviceNodeSpec())], deviceRules: ["a"], maskedPaths: ["/"],
            readonlyPaths: ["/"],
            sysctls: ["a": "b"],
            cgroup: CgroupSpec(
                memory: 1, memorySwap: 1, memoryReservation: 1, cpuShares: 2, cpuPeriod: 1, cpuQuota: 1, cpusetCpus: "0", cpusetMems: "0",
                pidsLimit: 1, memorySwappiness: 1, oomKillDisable: false, cpuRealtimePeriod: 1, cpuRealtimeRuntime: 1,
                block: BlockLimits(weight: 1, readBytes: [DeviceRate(path: "/", value: 1)])),
            seccomp: .profile("{}"), idMap: IDMap(first: 1, count: 1), hooks: [HookSpec(path: "/", timeout: 1)])
    }

    private static func code<Value: Codable>(_ value: Value) {
        guard let bytes = try? CBOREncoder().encode(value) else { return }
        _ = try? CBORDecoder().decode(Value.self, from: bytes)
    }
}
