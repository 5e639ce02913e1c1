// Mounts of images: planned, leased, shown, inherited, in the way of a removal.
import Contracts
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct ImageMountTests {
    private static func mount(_ source: String = "busybox", target: String = "/tools", subpath: String? = nil) -> MountRequest {
        var mount = MountRequest()
        (mount.type, mount.source, mount.target) = ("image", source, target)
        if let subpath {
            var options = MountRequest.ImageOptions()
            options.subpath = subpath
            mount.imageOptions = options
        }
        return mount
    }

    @Test func isLeasedShownAndReadOnly() async throws {
        let test = try TestEngine()
        let id = try await test.create { $1.mounts = [Self.mount(subpath: "bin")] }
        let mounted = try #require(test.record(id).definition.resolvedMounts.first)
        #expect(mounted.spec.kind == .image && mounted.spec.layers == ["/l2", "/l1"] && mounted.spec.subpath == "bin")
        #expect(mounted.imageID == FakeImages.imageID && test.world.with { $0.leases } == [id: [FakeImages.imageID]])
        let point = try #require(test.record(id).definition.mounts.first)
        #expect(point.type == "image" && point.name == "busybox" && point.source == "/l2:/l1" && point.destination == "/tools")
        #expect(!point.rw && point.driver.isEmpty && point.mode.isEmpty && point.propagation.isEmpty)
        #expect(test.engine.volumeUses.isEmpty)
        try await test.start(id)
        let specification = try #require(test.world.shim(id)?.specification)
        #expect(specification.mounts.contains { $0.kind == .image && $0.destination == "/tools" && $0.readonly })
        await test.close()
    }

    @Test func anotherContainerTakesItOver() async throws {
        let test = try TestEngine()
        _ = try await test.create("donor") { $1.mounts = [Self.mount()] }
        let id = try await test.create { $1.volumesFrom = ["donor"] }
        let mount = try #require(test.record(id).definition.resolvedMounts.first)
        #expect(mount.spec.kind == .image && mount.imageID == FakeImages.imageID && mount.point?.name == "busybox")
        #expect(test.world.with { $0.leases[id] } == [FakeImages.imageID])
        await test.close()
    }

    @Test func theImageIsInUse() async throws {
        var definition = try await {
            let test = try TestEngine()
            let definition = try test.record(try await test.create { $1.mounts = [Self.mount()] }).definition
            await test.close()
            return definition
        }()
        #expect(definition.imageIDs == [FakeImages.imageID])
        definition.imageID = "sha256:other"
        #expect(definition.imageIDs == ["sha256:other", FakeImages.imageID])
    }

    @Test func whatCannotBeMountedIsNamed() async throws {
        let test = try TestEngine()
        let faults: [(MountRequest, String)] = [
            (Self.mount(""), "invalid mount config for type \"image\": field Source must not be empty"),
            (Self.mount(subpath: "../x"), "invalid mount config for type \"image\": subpath must be a relative path within the image"),
            (Self.mount(target: "tools"), "mount path must be absolute"),
            (Self.mount("unknown"), "No such image: unknown"),
        ]
        for (mount, words) in faults {
            let error = await #expect(throws: RPCError.self) { try await test.create { $1.mounts = [mount] } }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        #expect(test.world.isEmpty)
        await test.close()
    }
}
