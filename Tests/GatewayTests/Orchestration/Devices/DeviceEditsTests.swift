// From what specifications add to what shims are told.
import Contracts
@testable import GatewayOrchestration
import RPC
import Testing

@Suite struct DeviceEditsTests {
    @Test func nodesAreAsDescribed() throws {
        let edits = try DeviceEdits(
            CDIEdits(deviceNodes: [
                CDIDeviceNode(path: "/dev/a"), CDIDeviceNode(path: "/dev/b", hostPath: "/dev/x", type: "u", major: 4, minor: 5),
                CDIDeviceNode(path: "/dev/c", type: "b", fileMode: 0o60_600, permissions: "r", uid: 1, gid: 2),
                CDIDeviceNode(path: "/dev//b", permissions: "none"),
            ]))
        #expect(
            edits.devices == [
                DeviceSpec(hostPath: "/dev/a", containerPath: "/dev/a", node: DeviceNodeSpec()),
                DeviceSpec(
                    hostPath: "/dev/c", containerPath: "/dev/c", permissions: "r",
                    node: DeviceNodeSpec(kind: "b", mode: 0o600, uid: 1, gid: 2)),
                DeviceSpec(hostPath: "/dev/b", containerPath: "/dev/b", permissions: "", node: DeviceNodeSpec()),
            ])
        let other = try DeviceEdits(
            CDIEdits(deviceNodes: [CDIDeviceNode(path: "/dev/b", hostPath: "/dev/x", type: "u", major: 4, minor: 5)]))
        #expect(other.devices.first?.node == DeviceNodeSpec(kind: "c", major: 4, minor: 5) && other.devices.first?.hostPath == "/dev/x")
    }

    @Test func mountsAreBinds() throws {
        let edits = try DeviceEdits(
            CDIEdits(mounts: [
                CDIMount(hostPath: "/a", containerPath: "/b/", options: ["ro", "nosuid", "nodev", "rbind", "rslave"]),
                CDIMount(hostPath: "/c", containerPath: "/d", options: ["bind", "rw"], type: "bind"),
                CDIMount(hostPath: "tmpfs", containerPath: "/t", options: ["size=1m"], type: "tmpfs"),
                CDIMount(hostPath: "/e", containerPath: "/d"),
            ]))
        #expect(
            edits.mounts == [
                MountSpec(
                    kind: .bind, source: "/a", destination: "/b", readonly: true, propagation: "rslave", options: ["nosuid", "nodev"]),
                MountSpec(kind: .tmpfs, destination: "/t", options: ["size=1m"]),
                MountSpec(kind: .bind, source: "/e", destination: "/d"),
            ])
    }

    @Test func theRestIsTakenOver() throws {
        let hook = CDIHook(name: "createContainer", path: "/h", args: ["h", "x"], env: ["A=b"], timeout: 3)
        let edits = try DeviceEdits(CDIEdits(env: ["A=1"], hooks: [hook], additionalGids: [0, 44]))
        #expect(edits.environment == ["A=1"] && edits.groups == ["44"])
        #expect(edits.hooks == [HookSpec(path: "/h", arguments: ["h", "x"], environment: ["A=b"], timeout: 3)])
    }

    @Test(arguments: [
        (CDIEdits(hasIntelRdt: true), "intelRdt"), (CDIEdits(hasNetDevices: true), "netDevices"),
        (CDIEdits(hooks: [CDIHook(name: "prestart", path: "/h")]), "a prestart hook (/h)"),
        (CDIEdits(deviceNodes: [CDIDeviceNode(path: "/dev/p", type: "p")]), "a device node of type p (/dev/p)"),
        (CDIEdits(mounts: [CDIMount(hostPath: "/x", containerPath: "/y", type: "nfs")]), "a mount of type nfs (/y)"),
        (CDIEdits(mounts: [CDIMount(hostPath: "/x", containerPath: "/y", options: ["sync"])]), "the mount option sync (/y)"),
    ])
    func whatCannotBeDoneIsNamed(edits: CDIEdits, what: String) {
        let error = #expect(throws: RPCError.self) { try DeviceEdits(edits) }
        #expect(error == RPCError(.notImplemented, "CDI device injection failed: \(what) is not supported by this engine"))
    }

    @Test(arguments: [
        CDIEdits(deviceNodes: [CDIDeviceNode(path: "dev/a")]), CDIEdits(mounts: [CDIMount(hostPath: "x", containerPath: "/y")]),
        CDIEdits(mounts: [CDIMount(hostPath: "/x", containerPath: "/")]), CDIEdits(hooks: [CDIHook(name: "createContainer", path: "h")]),
    ])
    func pathsAreAbsolute(edits: CDIEdits) {
        let error = #expect(throws: RPCError.self) { try DeviceEdits(edits) }
        #expect(error?.code == .invalidParameter && error?.message.hasSuffix("its path must be absolute") == true)
    }
}
