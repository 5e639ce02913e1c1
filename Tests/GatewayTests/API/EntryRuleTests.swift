// Which containers can be entered at a scoped socket.
import Models
import RPC
import ServiceKit
import Testing
import TestSupport

@testable import GatewayAPI

@Suite struct EntryRuleTests {
    private func rules(_ change: (inout ScopedSocket) -> Void = { _ in }) -> EntryRules {
        var socket = ScopedSocket(path: "/x")
        change(&socket)
        return EntryRules(policy: AccessPolicy(socket: socket))
    }

    private func container(_ change: (inout HostConfig) -> Void = { _ in }) -> ContainerInspect {
        var host = HostConfig()
        // As inspect shows every container's.
        (host.maskedPaths, host.readonlyPaths, host.cgroupnsMode) = (["/proc/kcore"], ["/proc/sys"], "host")
        change(&host)
        return ContainerInspect(
            id: "c", created: EngineTime(nanoseconds: 0), state: ContainerState(status: .running), hostConfig: host,
            config: ContainerConfig(), networkSettings: NetworkSettings())
    }

    @Test func whoHasMoreThanTheSocketGivesIsNotEntered() {
        let changes: [@Sendable (inout HostConfig) -> Void] = [
            { $0.privileged = true }, { $0.networkMode = "host" }, { $0.pidMode = "host" }, { $0.ipcMode = "host" },
            { $0.utsMode = "host" },
            { $0.usernsMode = "host" }, { $0.capAdd = ["KILL", "SYS_ADMIN"] }, { $0.securityOpt = ["seccomp=unconfined"] },
            { $0.devices = [DeviceMapping(pathOnHost: "/dev/sda", pathInContainer: "/dev/sda", cgroupPermissions: "r")] },
            { $0.deviceCgroupRules = ["a *:* rwm"] }, { $0.maskedPaths = [] }, { $0.readonlyPaths = [] },
        ]
        for (index, change) in changes.enumerated() {
            #expect(isRefused { try rules().checkEntry(container(change)) }, "change \(index)")
            #expect(!isRefused { try rules { $0.allowsPrivileged = true }.checkEntry(container(change)) }, "change \(index)")
            #expect(!isRefused { try rules().checkReading(container(change)) }, "change \(index)")
        }
        let usual = container { ($0.capAdd, $0.securityOpt) = (["CAP_KILL"], ["no-new-privileges"]) }
        #expect(!isRefused { try rules().checkEntry(usual) })
    }

    @Test func filesOfTheHostAreNeitherReadNorWritten() {
        var mounted = container()
        var mount = MountPoint()
        (mount.type, mount.source, mount.destination) = ("volume", "/var/lib/volumes/v", "/v")
        mounted.mounts = [mount]
        #expect(!isRefused { try rules().checkEntry(mounted) })
        (mount.type, mount.source) = ("bind", "/etc")
        mounted.mounts.append(mount)
        #expect(isRefused { try rules().checkReading(mounted) } && isRefused { try rules().checkEntry(mounted) })
        #expect(!isRefused { try rules { $0.allowsHostMounts = true }.checkEntry(mounted) })
    }

    @Test func environmentsAreShownWithoutValues() {
        #expect(rules().policy.masked(["A=1", "B=x=y", "C"]) == ["A=***", "B=***", "C"])
    }
}
