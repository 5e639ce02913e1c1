// Which mounts a container ends up with, and what wins over what.
import Contracts
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct MountAssemblyTests {
    private func volume(_ name: String, _ target: String) -> MountRequest {
        var mount = MountRequest()
        (mount.type, mount.source, mount.target) = ("volume", name, target)
        mount.volumeOptions = .init()
        return mount
    }

    private func plan(_ mount: MountRequest) -> (plan: MountPlan, report: SettingsReport) {
        var config = HostConfig()
        config.mounts = [mount]
        var report = SettingsReport()
        return (MountPlan(config, &report), report)
    }

    @Test func aVolumeMountSaysEverything() throws {
        var mount = volume("data", "/t/")
        mount.readOnly = true
        mount.volumeOptions?.labels = ["l": "1"]
        mount.volumeOptions?.subpath = "a/b"
        mount.volumeOptions?.driverConfig = .init()
        mount.volumeOptions?.driverConfig?.name = "local"
        mount.volumeOptions?.driverConfig?.options = ["type": "tmpfs"]
        let planned = try #require(plan(mount).plan.mounts.first)
        #expect(planned.volume == PlannedVolume(name: "data", driver: "local", options: ["type": "tmpfs"], labels: ["l": "1"], fill: .none))
        #expect(planned.spec.subpath == "a/b" && planned.spec.readonly && planned.spec.destination == "/t" && planned.point?.mode == "z")
    }

    @Test func nothingIsCopiedWithNoCopy() {
        var mount = volume("data", "/t")
        mount.volumeOptions?.noCopy = true
        #expect(plan(mount).plan.mounts.first?.volume?.fill == .check)
    }

    @Test(arguments: [
        ("", true, "", "must not set ReadOnly mode when using anonymous volumes"), ("", false, "a", "must not set Subpath"),
        ("data", false, "../x", "subpath must be a relative path within the volume"),
        ("data", false, "/x", "subpath must be a relative path"), ("data", false, "a/../../x", "subpath must be a relative path"),
    ])
    func badVolumes(name: String, readOnly: Bool, subpath: String, words: String) {
        var mount = volume(name, "/t")
        mount.readOnly = readOnly
        mount.volumeOptions?.subpath = subpath
        let (plan, report) = plan(mount)
        #expect(report.faults.count == 1 && report.faults[0].contains(words) && plan.mounts.isEmpty)
    }

    @Test func propagationIsNothingForAVolume() {
        var config = HostConfig()
        config.binds = ["data:/x:rshared"]
        var report = SettingsReport()
        _ = MountPlan(config, &report)
        #expect(report.faults == ["invalid mount config for type \"volume\": field BindOptions must not be specified"])
    }

    /// A donor with a volume at /v, a bind at /b and an anonymous volume at /w.
    private func donor() -> ContainerRecord {
        func mount(_ destination: String, type: String, name: String, isAnonymous: Bool = false) -> ContainerMount {
            var planned = PlannedMount(MountSpec(kind: .bind, source: "/s\(destination)", destination: destination), type: type, mode: "")
            planned.point?.name = name
            return ContainerMount(spec: planned.spec, point: planned.point, isAnonymous: isAnonymous)
        }
        let mounts = [
            mount("/v", type: "volume", name: "data"), mount("/b", type: "bind", name: ""),
            mount("/w", type: "volume", name: "anon", isAnonymous: true),
        ]
        return ContainerRecord(
            ContainerDefinition(
                id: "d", name: "donor", createdAt: 1, path: "", arguments: [], config: ContainerConfig(), hostConfig: HostConfig(),
                imageID: "", platform: "linux", manifestDigest: "", logPath: "", snapshot: FakeImages.snapshot("d"), mounts: mounts,
                endpoints: [:]))
    }

    @Test func ownMountsWinOverInheritedOnesAndBothOverTheImages() throws {
        var config = ContainerConfig()
        config.volumes = ["/v": EmptyObject(), "/own": EmptyObject(), "/image/": EmptyObject(), "/tmpfs": EmptyObject()]
        var host = HostConfig()
        host.binds = ["/host:/own", "/host:/b"]
        host.tmpfs = ["/tmpfs": ""]
        host.volumesFrom = ["donor:ro"]
        let assembly = try MountAssembly(config, host) { name throws(RPCError) in
            guard name == "donor" else { throw RPCError(.notFound, name) }
            return donor()
        }
        let mounts = Dictionary(uniqueKeysWithValues: assembly.mounts.map { ($0.spec.destination, $0) })
        #expect(Set(mounts.keys) == ["/v", "/own", "/b", "/w", "/image", "/tmpfs"])
        #expect(mounts["/b"]?.spec.source == "/host" && mounts["/v"]?.volume?.name == "data" && mounts["/v"]?.spec.readonly == true)
        #expect(mounts["/w"]?.volume?.isAnonymous == true && mounts["/w"]?.volume?.fill == PlannedVolume.Fill.none)
        #expect(mounts["/image"]?.volume?.isAnonymous == true && mounts["/image"]?.point?.mode == "")
        #expect(mounts["/tmpfs"]?.volume == nil)
    }

    @Test func aDonorThatIsMissingIsAFaultOfTheRequest() {
        var host = HostConfig()
        host.volumesFrom = ["nobody"]
        #expect(throws: RPCError(.invalidParameter, "No such container: nobody")) {
            _ = try MountAssembly(ContainerConfig(), host) { name throws(RPCError) in
                throw RPCError(.notFound, "No such container: \(name)")
            }
        }
    }

    @Test(arguments: [("c", "c", false), ("c:ro", "c", true), ("c:rw,z", "c", false)])
    func volumesFrom(text: String, container: String, readonly: Bool) throws {
        let reference = try VolumesFromReference(text)
        #expect(reference.container == container && reference.readonly == readonly)
    }

    @Test(arguments: ["", ":ro", "c:rx", "c:ro,rw"])
    func noVolumesFrom(text: String) {
        #expect(throws: RPCError.self) { try VolumesFromReference(text) }
    }
}
