// Images whose files containers have mounted, and who is told of images and names.
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

struct ImageLeaseTests {
    /// An image of two layers, another of one, and a container of the second.
    private func fill(_ store: StoreFixture) async throws -> (tools: String, base: String) {
        let image = TestImage.twoLayers()
        _ = try await store.load(try DockerArchiveBuilder.archive([(image, ["tools:1"])]))
        var tar = TarBuilder()
        tar.file("own", "of the container")
        let base = try await store.importTar(tar.finished(), "base")
        _ = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: base))
        return (image.id, base)
    }

    @Test func layersStayForAsLongAsTheContainer() async throws {
        try await TemporaryDirectory.with { directory in
            let root = "\(directory)/root/images"
            let (lease, image) = try await {
                let store = try await StoreFixture.open(root)
                let tools = try await fill(store).tools
                let lease = try await store.service.leaseImage(.init(containerID: "c1", image: "tools:1"))
                #expect(lease.imageID == tools && lease.layers.count == 2)
                #expect(try await store.service.leaseImage(.init(containerID: "c1", image: tools)) == lease)
                _ = try await store.service.removeImage(.init(name: tools, force: true))
                return (lease, tools)
            }()
            let store = try await StoreFixture.open(root)
            #expect(try Files.text("\(lease.layers[0])/etc/top") == "test")
            // Another container takes it over from the first.
            _ = try await store.service.prepareSnapshot(.init(containerID: "c2", imageID: store.service.listImages().images[0].id))
            #expect(try await store.service.leaseImage(.init(containerID: "c2", image: image)) == lease)
            try await store.service.removeSnapshot(.init(containerID: "c1"))
            #expect(Files.exists(lease.layers[1]))
            try await store.service.removeSnapshot(.init(containerID: "c2"))
            #expect(!Files.exists(lease.layers[0]) && !Files.exists(lease.layers[1]))
            try await store.expectConsistency()
        }
    }

    @Test func refusals() async throws {
        try await StoreFixture.with { store in
            _ = try await fill(store)
            for (container, image, words) in [("c1", "nothing", "No such image: nothing:latest"), ("c9", "tools:1", "has no snapshot")] {
                let error = await #expect(throws: RPCError.self) {
                    try await store.service.leaseImage(.init(containerID: container, image: image))
                }
                #expect(error?.code == .notFound && error?.message.contains(words) == true)
            }
        }
    }

    /// `docker cp` of a container that doesn't run.
    @Test func filesAreSeenInAContainerThatDoesNotRun() async throws {
        try await StoreFixture.with { store in
            _ = try await fill(store)
            let lease = try await store.service.leaseImage(.init(containerID: "c1", image: "tools:1"))
            let one = try await store.service.leaseImage(.init(containerID: "c1", image: "base"))
            func files(_ layers: [String], _ subpath: String? = nil) -> ContainerFiles {
                ContainerFiles(
                    containerID: "c1",
                    mounts: [
                        .init(source: "tools:1", destination: "/mnt/tools", readonly: true, subpath: subpath, layers: layers)
                    ])
            }
            func size(_ path: String, _ files: ContainerFiles) async throws -> Int64 {
                try await store.service.statFile(.init(files: files, path: path)).size
            }
            #expect(try await size("/mnt/tools/etc/base", files(lease.layers)) == 19)
            #expect(try await size("/mnt/tools/top", files(lease.layers, "etc")) == 4)
            #expect(try await size("/mnt/tools/own", files(one.layers)) == 16)
            #expect(try await size("/own", files(lease.layers)) == 16)
            await #expect(throws: RPCError.self) { _ = try await size("/mnt/tools/etc/gone", files(lease.layers)) }
            var tar = TarBuilder()
            tar.file("new", "x")
            let request = WriteFiles.Request(files: files(lease.layers), path: "/mnt/tools/etc")
            await #expect(throws: RPCError.self) {
                try await store.service.writeFiles(request, input: StoreFixture.pieces(tar.finished()))
            }
            #expect(try Files.names(store.paths.mounts).isEmpty)
        }
    }

    @Test func whoListensIsToldOfEverythingAndOfEachChange() async throws {
        try await StoreFixture.with { store in
            let (tools, base) = try await fill(store)
            let watch = store.service.store.catalog.watch()
            #expect(watch.beginning.count == 1 && watch.beginning[0].isComplete)
            let all: [ImageChange] = [
                .added(tools), .added(base), .named("docker.io/library/tools:1", imageID: tools),
                .named("docker.io/library/base:latest", imageID: base),
            ]
            #expect(watch.beginning[0].changes.count == 4 && all.allSatisfy(watch.beginning[0].changes.contains))
            _ = try await store.service.tagImage(.init(source: "base", reference: "tools:1"))
            _ = try await store.service.removeImage(.init(name: tools))
            store.service.store.catalog.endWatch(watch.id)
            var told: [ImageChange] = []
            for await changes in watch.changes { told += changes }
            #expect(told == [.named("docker.io/library/tools:1", imageID: base), .removed(tools)])
        }
    }
}
