// From a record to what the shim is told. Pure.
import Contracts
import GatewayState
import Models
import RPC

/// Builds the specifications of a container and of its processes.
struct SpecificationBuilder {
    let record: ContainerRecord
    /// The default parent of control groups.
    let cgroupParent: String
    /// Variables of containers that this one is linked to.
    var linked: [String] = []
    /// What the devices add that it requests. It isn't for its other processes, but for what they find in it.
    var requested = DeviceEdits()
    /// The filter of containers that ask for no other.
    var seccomp = SeccompSpec.builtin

    private var config: ContainerConfig { record.config }
    private var hostConfig: HostConfig { record.hostConfig }

    static let standardPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// - Parameters:
    ///   - sandbox: has the files that are mounted over `/etc/hosts`, `hostname` and `resolv.conf`.
    ///   - namespaces: which of the host's and other containers' the container joins; all others are its own.
    func specification(in sandbox: SandboxRecord, namespaces: NamespaceSpec) throws(RPCError) -> ContainerSpec {
        let security = try SecurityOptions(hostConfig.securityOpt ?? [])
        let snapshot = record.definition.snapshot
        return ContainerSpec(
            id: record.id,
            rootfs: RootfsSpec(
                lower: snapshot.lower, upper: snapshot.upper, work: snapshot.work, readonly: hostConfig.readonlyRootfs),
            process: firstProcess(security), hostname: config.hostname, domainname: config.domainname, namespaces: namespaces,
            mounts: try mounts(sandbox), shmSize: hostConfig.ipcMode == "none" ? 0 : hostConfig.shmSize, devices: devices(),
            deviceRules: hostConfig.deviceCgroupRules ?? [],
            maskedPaths: hostConfig.maskedPaths ?? [], readonlyPaths: hostConfig.readonlyPaths ?? [], sysctls: sysctls(),
            cgroup: cgroup(), seccomp: security.seccomp ?? (hostConfig.privileged ? .unconfined : seccomp),
            privileged: hostConfig.privileged, usesInit: hostConfig.`init` ?? false, idMap: record.definition.idMap,
            hooks: requested.hooks.isEmpty ? nil : requested.hooks)
    }

    // MARK: Processes

    private func firstProcess(_ security: SecurityOptions) -> ProcessSpec {
        var variables = EnvironmentList(environment(terminal: config.tty))
        variables.override(requested.environment)
        return ProcessSpec(
            arguments: [record.definition.path] + record.definition.arguments,
            environment: variables.entries, workingDirectory: config.workingDir.isEmpty ? "/" : config.workingDir,
            user: config.user, additionalGroups: (hostConfig.groupAdd ?? []) + requested.groups,
            capabilities: capabilities(privileged: hostConfig.privileged),
            noNewPrivileges: security.noNewPrivileges, rlimits: rlimits(),
            oomScoreAdjustment: Int32(hostConfig.oomScoreAdj), terminal: config.tty,
            terminalSize: Self.terminalSize(hostConfig.consoleSize))
    }

    /// The process of an exec: the container's settings, with what the exec says of its own.
    func execProcess(_ request: ExecCreateRequest) throws(RPCError) -> ProcessSpec {
        let security = try SecurityOptions(hostConfig.securityOpt ?? [])
        var variables = EnvironmentList(environment(terminal: request.tty))
        variables.override(request.env ?? [])
        let directory = request.workingDir.isEmpty ? config.workingDir : request.workingDir
        return ProcessSpec(
            arguments: request.cmd ?? [], environment: variables.entries, workingDirectory: directory.isEmpty ? "/" : directory,
            user: request.user.isEmpty ? config.user : request.user, additionalGroups: hostConfig.groupAdd ?? [],
            capabilities: capabilities(privileged: hostConfig.privileged || request.privileged),
            noNewPrivileges: security.noNewPrivileges, rlimits: rlimits(),
            oomScoreAdjustment: Int32(hostConfig.oomScoreAdj), terminal: request.tty,
            terminalSize: request.consoleSize.flatMap(Self.terminalSize))
    }

    static func terminalSize(_ size: ConsoleSize) -> TerminalSize? {
        size.rows == 0 || size.columns == 0 ? nil : TerminalSize(columns: size.columns, rows: size.rows)
    }

    /// Docker's own variables first, each overridden by the container's, or unset by its name alone.
    private func environment(terminal: Bool) -> [String] {
        var variables = EnvironmentList([Self.standardPath, "HOSTNAME=\(config.hostname)"] + (terminal ? ["TERM=xterm"] : []) + linked)
        variables.override(config.env ?? [])
        return variables.entries
    }

    private func capabilities(privileged: Bool) -> [String] {
        Capabilities.resolve(add: hostConfig.capAdd ?? [], drop: hostConfig.capDrop ?? [], privileged: privileged)
    }

    private func rlimits() -> [ResourceLimit] {
        (hostConfig.ulimits ?? []).map { ResourceLimit(name: $0.name, soft: $0.soft, hard: $0.hard) }
    }

    // MARK: Mounts and devices

    /// The engine's three files, unless the user has something else there, the user's, and those of requested devices where there is none
    /// of these, by depth: a mount over `/etc` comes first.
    private func mounts(_ sandbox: SandboxRecord) throws(RPCError) -> [MountSpec] {
        var own: [MountSpec] = []
        for mount in record.definition.resolvedMounts { own.append(try owned(mount)) }
        let taken = Set(own.map(\.destination))
        let files = [
            (sandbox.resolvConfPath, "/etc/resolv.conf"), (sandbox.hostnamePath, "/etc/hostname"), (sandbox.hostsPath, "/etc/hosts"),
        ]
        let standard = files.filter { !$0.0.isEmpty && !taken.contains($0.1) }.map { source, destination in
            MountSpec(
                kind: .bind, source: source, destination: destination, readonly: hostConfig.readonlyRootfs, idMap: record.definition.idMap)
        }
        let occupied = taken.union(standard.map(\.destination))
        let others = requested.mounts.filter { !occupied.contains($0.destination) }
        return (standard + own + others).sorted(by: MountPlan.isBefore)
    }

    /// The engine's files and volumes are the container's root's in any user namespace. What is bound from elsewhere keeps its owners,
    /// unless it is asked to be mapped: the container's root could do there as the host's.
    private func owned(_ mount: ContainerMount) throws(RPCError) -> MountSpec {
        var spec = mount.spec
        if let option = try mount.idMapping.flatMap({ (text) throws(RPCError) in try IDMapOption(text) }) {
            spec.idMap = try option.map(in: record.definition.idMap)
        } else if mount.point?.type == "volume" || mount.imageID != nil {
            spec.idMap = record.definition.idMap
        }
        return spec
    }

    /// The container's devices. Requested ones take the places of others with the same paths.
    private func devices() -> [DeviceSpec] {
        guard !hostConfig.privileged else { return requested.devices }
        let own = (hostConfig.devices ?? []).map { device in
            DeviceSpec(
                hostPath: device.pathOnHost, containerPath: device.pathInContainer.isEmpty ? device.pathOnHost : device.pathInContainer,
                permissions: device.cgroupPermissions.isEmpty ? "rwm" : device.cgroupPermissions)
        }
        let taken = Set(requested.devices.map(\.containerPath))
        return own.filter { !taken.contains($0.containerPath) } + requested.devices
    }

    /// In a network namespace of its own a container may use low ports and ping without further capabilities.
    private func sysctls() -> [String: String] {
        guard hostConfig.networkMode != "host", !hostConfig.networkMode.hasPrefix("container:") else { return hostConfig.sysctls }
        let standard = ["net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": pingingGroups]
        return standard.merging(hostConfig.sysctls) { _, own in own }
    }

    /// All groups that the container has, as the host numbers them.
    private var pingingGroups: String {
        guard let range = record.definition.idMap?.groups.first, range.outside <= Int32.max - Int32(clamping: range.count) else {
            return "0 2147483647"
        }
        return "\(range.outside) \(range.outside + range.count - 1)"
    }

    // MARK: Limits

    func cgroup() -> CgroupSpec {
        CgroupSpec(
            parent: hostConfig.cgroupParent.isEmpty ? cgroupParent : hostConfig.cgroupParent, memory: positive(hostConfig.memory),
            memorySwap: memorySwap, memoryReservation: positive(hostConfig.memoryReservation),
            cpuShares: positive(hostConfig.cpuShares), cpuPeriod: cpuPeriod, cpuQuota: cpuQuota,
            cpusetCpus: hostConfig.cpusetCpus.isEmpty ? nil : hostConfig.cpusetCpus,
            cpusetMems: hostConfig.cpusetMems.isEmpty ? nil : hostConfig.cpusetMems, pidsLimit: hostConfig.pidsLimit,
            memorySwappiness: hostConfig.memorySwappiness.flatMap { $0 < 0 ? nil : $0 },
            oomKillDisable: hostConfig.oomKillDisable == true ? true : nil, cpuRealtimePeriod: positive(hostConfig.cpuRealtimePeriod),
            cpuRealtimeRuntime: positive(hostConfig.cpuRealtimeRuntime), block: blockLimits())
    }

    private func blockLimits() -> BlockLimits? {
        func rates(_ devices: [ThrottleDevice]?) -> [DeviceRate] { (devices ?? []).map { DeviceRate(path: $0.path, value: $0.rate) } }
        let limits = BlockLimits(
            weight: positive(Int64(hostConfig.blkioWeight)),
            deviceWeights: (hostConfig.blkioWeightDevice ?? []).map { DeviceRate(path: $0.path, value: UInt64($0.weight)) },
            readBytes: rates(hostConfig.blkioDeviceReadBps), writeBytes: rates(hostConfig.blkioDeviceWriteBps),
            readOperations: rates(hostConfig.blkioDeviceReadIOps), writeOperations: rates(hostConfig.blkioDeviceWriteIOps))
        return limits == BlockLimits() ? nil : limits
    }

    /// 0 says nothing, and isn't a limit.
    private var memorySwap: Int64? { hostConfig.memory > 0 && hostConfig.memorySwap != 0 ? hostConfig.memorySwap : nil }

    private static let standardPeriod: Int64 = 100_000

    private var cpuPeriod: Int64? { hostConfig.nanoCPUs > 0 ? Self.standardPeriod : positive(hostConfig.cpuPeriod) }

    private var cpuQuota: Int64? {
        guard hostConfig.nanoCPUs > 0 else { return hostConfig.cpuQuota == 0 ? nil : hostConfig.cpuQuota }
        return hostConfig.nanoCPUs / (1_000_000_000 / Self.standardPeriod)
    }

    private func positive(_ value: Int64) -> Int64? { value > 0 ? value : nil }
}
