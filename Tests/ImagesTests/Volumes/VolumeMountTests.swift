// Volumes with options: mounted by the first use, unmounted by the last, never deleted through.
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

@Suite(.serialized)
struct VolumeMountTests {
    private func isMounted(_ store: StoreFixture, _ volume: String) throws -> Bool {
        try VolumeMounting.points(below: store.paths.volumes).contains(store.paths.volumeData(volume))
    }

    @Test func optionsAreReadAsMountDoes() {
        let mount = VolumeMount(["type": "nfs", "device": ":/x", "o": "addr=host,ro,noexec,nfsvers=4,exec,rslave"])
        #expect(mount.flags == 1 && mount.data == "addr=host,nfsvers=4" && mount.propagation == 1 << 19 | 16384)
        #expect(mount.address == "host" && mount.replacing(address: "host", by: "1.2.3.4").data == "addr=1.2.3.4,nfsvers=4")
        #expect(VolumeMount(["o": "bind,username=u,password=p"]).dataToShow == "username=u,password=********")
    }

    @Test func theFirstUseMountsAndTheLastUnmounts() async throws {
        try await StoreFixture.with { store in
            let service = store.service
            _ = try await service.createVolume(.init(name: "scratch", options: ["type": "tmpfs", "device": "tmpfs", "o": "size=1m"]))
            try await service.mountVolume(.init(volume: "scratch", containerID: "c1"))
            try await service.mountVolume(.init(volume: "scratch", containerID: "c2"))
            try await service.mountVolume(.init(volume: "scratch", containerID: "c2"))
            #expect(try isMounted(store, "scratch") && service.listVolumeMounts().containerIDs == ["c1", "c2"])
            let error = await #expect(throws: RPCError.self) { try await service.removeVolume(.init(name: "scratch")) }
            #expect(error?.code == .conflict)
            try await service.unmountVolumes(.init(containerID: "c1"))
            #expect(try isMounted(store, "scratch"))
            try await service.unmountVolumes(.init(containerID: "c2"))
            #expect(try !isMounted(store, "scratch") && service.listVolumeMounts().containerIDs.isEmpty)
            #expect(try await service.measureVolumes(.init(names: ["scratch"])).sizes == ["scratch": -1])
        }
    }

    @Test func whatCannotBeMountedIsSaid() async throws {
        try await StoreFixture.with { store in
            _ = try await store.service.createVolume(.init(name: "bad", options: ["type": "none", "device": "/surely/not", "o": "bind"]))
            let error = await #expect(throws: RPCError.self) {
                try await store.service.mountVolume(.init(volume: "bad", containerID: "c1"))
            }
            #expect(
                error?.message == """
                    error while mounting volume '\(store.paths.volumeData("bad"))': failed to mount local volume: \
                    mount /surely/not:\(store.paths.volumeData("bad")), flags: 0x1000: no such file or directory
                    """)
            #expect(store.service.listVolumeMounts().containerIDs.isEmpty)
        }
    }

    /// The host's files behind a bind are nobody's to delete, whatever happens to the volume.
    @Test func theFilesBehindABindStay() async throws {
        try await TemporaryDirectory.with { directory in
            let host = "\(directory)/host", root = "\(directory)/root/images"
            #expect(mkdir(host, 0o755) == 0 && mkdir("\(host)/precious", 0o755) == 0)
            let store = try await StoreFixture.open(root)
            _ = try await store.service.createVolume(.init(name: "bound", options: ["type": "none", "device": host, "o": "bind,ro"]))
            try await store.service.mountVolume(.init(volume: "bound", containerID: "c1"))
            #expect(try Files.names(store.paths.volumeData("bound")) == ["precious"])
            #expect(mkdir("\(store.paths.volumeData("bound"))/new", 0o755) < 0 && errno == EROFS)
            // As after a crash between the record's end and the directory's.
            try await store.service.store.catalog.exclusively { session in
                try session.commit([.removeVolumeUse(.init(volume: "bound", containerID: "c1")), .removeVolume(name: "bound")])
            }
            try await Recovery(store: store.service.store).run()
            #expect(try !isMounted(store, "bound") && !Files.exists(store.paths.volume("bound")))
            #expect(try Files.names(host) == ["precious"])
        }
    }

    @Test func aUseWhoseMountIsGoneIsForgotten() async throws {
        try await StoreFixture.with { store in
            _ = try await store.service.createVolume(.init(name: "scratch", options: ["type": "tmpfs", "device": "tmpfs"]))
            try await store.service.mountVolume(.init(volume: "scratch", containerID: "c1"))
            try VolumeMounting.unmountAll(store.paths.volumeData("scratch"))
            try await Recovery(store: store.service.store).run()
            #expect(store.service.listVolumeMounts().containerIDs.isEmpty)
        }
    }
}
