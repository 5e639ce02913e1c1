// Which containers can be entered at a scoped socket: who is in one has what it has. Pure.
import Models
import RPC
import ServiceKit

/// Checks a container that is there against a policy, which it may have been made without.
struct EntryRules {
    let policy: AccessPolicy

    /// Checks that commands may be run in it, its first process written to and its files changed. Errors: forbidden.
    func checkEntry(_ container: ContainerInspect) throws {
        try checkReading(container)
        guard !policy.socket.allowsPrivileged else { return }
        let host = container.hostConfig
        let faults: [(String, Bool)] = [
            ("Privileged", host.privileged), ("NetworkMode host", host.networkMode == "host"), ("PidMode host", host.pidMode == "host"),
            ("IpcMode host", host.ipcMode == "host"), ("UTSMode host", host.utsMode == "host"),
            ("UsernsMode host", host.usernsMode == "host"), ("Devices", !(host.devices ?? []).isEmpty),
            ("DeviceCgroupRules", !(host.deviceCgroupRules ?? []).isEmpty),
            ("DeviceRequests", !(host.deviceRequests ?? []).isEmpty),
            ("CapAdd", !(host.capAdd ?? []).allSatisfy(CreateRules.isUsual)),
            ("SecurityOpt", !(host.securityOpt ?? []).allSatisfy { $0.hasPrefix("no-new-privileges") }),
            ("MaskedPaths", host.maskedPaths == []), ("ReadonlyPaths", host.readonlyPaths == []),
        ]
        for (name, isSet) in faults where isSet { try policy.refuse("entering a container with HostConfig.\(name)") }
    }

    /// Checks that its files may be read. Errors: forbidden.
    func checkReading(_ container: ContainerInspect) throws {
        guard !policy.socket.allowsHostMounts, let bind = container.mounts.first(where: { $0.type == "bind" }) else { return }
        try policy.refuse("entering a container with \(bind.source) of the host")
    }
}
