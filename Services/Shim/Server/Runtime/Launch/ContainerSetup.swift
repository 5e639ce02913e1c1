// Starts a container's first process: what the shim prepares, and what the process then does in its own namespaces.
import CLinux
import Contracts
import Glibc
import Linux

struct ContainerSetup {
    let spec: ContainerSpec
    let process: ProcessSetup
    let namespaces: ContainerNamespaces
    let rootfs: RootfsBuilder
    let devices: DevicePolicy
    let hooks: [HookSpec]

    /// Checks everything that can be checked before anything is made.
    init(_ spec: ContainerSpec, filter: SeccompFilter?, stdio: ProcessStdio) throws(RuntimeFailure) {
        self.spec = spec
        process = try ProcessSetup(
            spec.process, filter: filter, allCapabilities: spec.privileged, stdio: stdio, isFirst: true,
            usesInit: spec.usesInit && spec.namespaces.pid == .own,
            idMap: spec.idMap)
        namespaces = ContainerNamespaces(spec: spec.namespaces)
        var nodes = spec.privileged ? DeviceNode.all().map(\.keepingOwner) : []
        var rules = DevicePolicy.docker
        for device in spec.devices {
            let found = try DeviceNode.of(device)
            nodes += found
            rules += try Self.rules(for: found, device)
        }
        for text in spec.deviceRules {
            guard let rule = DeviceRule(text) else { throw Self.badRule(text) }
            rules.append(rule)
        }
        hooks = spec.hooks ?? []
        guard hooks.isEmpty || spec.idMap == nil else {
            throw RuntimeFailure(step: "hook", errno: 0, message: "hooks can't be run for a container with a user namespace of its own")
        }
        devices = spec.privileged ? .everything : .only(rules)
        let plan = try MountPlan.make(spec)
        rootfs = RootfsBuilder(spec: spec, plan: plan, nodes: nodes, sysctls: Sysctls.all(spec))
    }

    private static func rules(for nodes: [DeviceNode], _ device: DeviceSpec) throws(RuntimeFailure) -> [DeviceRule] {
        guard !device.permissions.isEmpty || device.node == nil else { return [] }
        guard let access = DeviceRule.Access(device.permissions) else { throw badRule(device.permissions) }
        return nodes.map { $0.rule(access) }
    }

    private static func badRule(_ text: String) -> RuntimeFailure {
        RuntimeFailure(step: "devices", errno: 0, message: "invalid device cgroup rule format: '\(text)'")
    }

    func run(in cgroup: any Cgroup, on host: RuntimeHost) throws(RuntimeFailure) -> StartedProcess {
        try makeSources()
        try cgroup.replace(spec.cgroup, devices: devices)
        do throws(RuntimeFailure) {
            let users = try spec.idMap.map { (map) throws(RuntimeFailure) in try UserNamespace.of(spec.namespaces.network, map) }
            var held = try HeldMounts(spec.rootfs, rootfs.plan, cgroup.views(ownRoot: spec.namespaces.cgroup == .own), users)
            if let users {
                try held.holdDevices(rootfs.plan, rootfs.nodes, users)
                return try launch(in: users, cgroup, held, host)
            }
            var launcher = ProcessLauncher(namespaces: namespaces.new, birthplace: try cgroup.birthplace(beside: nil))
            guard let processes = try namespaces.openProcesses() else { return try launch(launcher, cgroup, held, host) }
            defer { close(processes) }
            launcher.patience = .start
            return try host.withChildren(in: processes) { () throws(RuntimeFailure) in try launch(launcher, cgroup, held, host) }
        } catch {
            cgroup.destroy()
            throw error
        }
    }

    /// Docker's rule for binds: a directory that isn't there is made.
    func makeSources() throws(RuntimeFailure) {
        for mount in spec.mounts where mount.createsSource && access(mount.source, F_OK) != 0 {
            do throws(Errno) {
                try Directory.makeAll(mount.source)
            } catch {
                throw .mount(mount.source, mount.destination, "error while creating mount source path: \(error.reason)", errno: error.code)
            }
        }
    }

    private func launch(
        _ launcher: ProcessLauncher, _ cgroup: any Cgroup, _ held: HeldMounts, _ host: RuntimeHost
    ) throws(RuntimeFailure) -> StartedProcess {
        try host.prepareMounts()
        return try launcher.launch { (channel) throws(RuntimeFailure) in
            try process.begin(channel)
            try cgroup.join()
            try namespaces.enter()
            try nameHost()
            if hooks.isEmpty {
                try host.withEmptyMounts { (empty) throws(RuntimeFailure) in try rootfs.build(held, in: empty) }
            } else {
                try HookedRootfs(rootfs: rootfs, hooks: hooks).build(held)
            }
            try process.leaveHost(channel)
            try process.finish(channel)
        }
    }

    func nameHost() throws(RuntimeFailure) {
        guard spec.namespaces.uts == .own else { return }
        let host = clinux_set_hostname(spec.hostname, spec.hostname.utf8.count)
        let domain = spec.domainname.isEmpty ? 0 : clinux_set_domainname(spec.domainname, spec.domainname.utf8.count)
        guard host == 0, domain == 0 else {
            let code = host == 0 ? -domain : -host
            throw RuntimeFailure(step: "hostname", errno: code, message: "sethostname: \(Errno.reason(of: code))")
        }
    }
}
