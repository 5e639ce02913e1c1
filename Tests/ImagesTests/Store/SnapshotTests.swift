// Containers' rw layers.
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

struct SnapshotTests {
    private func image(_ store: StoreFixture) async throws -> String {
        var tar = TarBuilder()
        tar.file("etc/hostname", "of the image")
        tar.file("data", [UInt8](repeating: 1, count: 1000))
        return try await store.importTar(tar.finished(), "app")
    }

    @Test func isMadeOfThreeDirectories() async throws {
        try await StoreFixture.with { store async throws in
            let id = try await image(store)
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id))
            #expect(record.containerID == "c1" && record.imageID == id && record.lower.count == 2)
            #expect(try Files.status(record.upper).st_mode & 0o7777 == 0o755)
            #expect(try Files.names(record.upper).isEmpty && Files.names(record.work).isEmpty)
            #expect(try Files.text("\(record.lower[1])/etc/hostname") == "of the image")
            #expect(store.service.listSnapshots().snapshots == [record])
            #expect(try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id)) == record)
        }
    }

    @Test func monitorsFindARWLayerByDockersNames() async throws {
        try await TemporaryDirectory.with { directory async throws in
            let root = "\(directory)/root"
            let store = try await StoreFixture.open("\(root)/images", engineRoot: root)
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: try await image(store)))
            #expect(mkdir("\(record.upper)/seen", 0o755) == 0)
            #expect(try Files.text("\(root)/image/overlay2/layerdb/mounts/c1/mount-id") == "c1")
            #expect(try Files.names("\(root)/overlay2/c1/diff/") == ["seen"])
            // As an earlier version left it.
            for name in ["mount-id", "diff"] { #expect(unlink("\(root)/overlay2/c1/\(name)") == 0) }
            try LayerAliases(engineRoot: root, paths: store.paths).prepare()
            #expect(try Files.text("\(root)/overlay2/c1/mount-id") == "c1" && Files.names("\(root)/overlay2/c1/diff/") == ["seen"])
            try await store.service.removeSnapshot(.init(containerID: "c1"))
            #expect(try Files.names("\(root)/overlay2/").isEmpty)
        }
    }

    @Test func whatHasDockersNamesAlreadyStays() async throws {
        try await TemporaryDirectory.with { directory async throws in
            let root = "\(directory)/root"
            #expect(mkdir(root, 0o711) == 0 && mkdir("\(root)/overlay2", 0o700) == 0 && mkdir("\(root)/overlay2/other", 0o700) == 0)
            let store = try await StoreFixture.open("\(root)/images", engineRoot: root)
            _ = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: try await image(store)))
            #expect(try Files.names("\(root)/overlay2") == ["other"])
        }
    }

    @Test func theWorkingDirectoryIsThereFromTheCreationOn() async throws {
        try await StoreFixture.with { store async throws in
            var tar = TarBuilder()
            tar.directory("there/deep", mode: 0o700)
            tar.symbolicLink("link", to: "/there")
            tar.file("file", "x")
            let id = try await store.importTar(tar.finished(), "app")
            func upper(_ container: String, _ directory: String) async throws -> [String] {
                let request = PrepareSnapshot.Request(containerID: container, imageID: id, workingDirectory: directory)
                let record = try await store.service.prepareSnapshot(request)
                #expect(try await store.service.prepareSnapshot(request) == record)
                return try Files.names(record.upper)
            }
            for (number, path) in ["/there/deep", "/", "", "/etc"].enumerated() {
                #expect(try await upper("none-\(number)", path) == [], "\(path)")
            }
            #expect(try await upper("c4", "/new/below") == ["new"])
            #expect(try Files.status("\(store.paths.upper("c4"))/new/below").st_mode == S_IFDIR | 0o755)
            // Through a link of the image, which leads nowhere else.
            #expect(try await upper("c5", "/link/inside") == ["there"])
            #expect(try Files.names("\(store.paths.upper("c5"))/there") == ["inside"])
            for path in ["/file", "/file/below"] {
                let request = PrepareSnapshot.Request(containerID: "c6", imageID: id, workingDirectory: path)
                await #expect(throws: RPCError(.invalidParameter, "Cannot mkdir: \(path) is not a directory")) {
                    try await store.service.prepareSnapshot(request)
                }
            }
            #expect(!store.service.listSnapshots().snapshots.contains { $0.containerID == "c6" })
        }
    }

    @Test func theInitLayerHasWhatTheEngineMountsOver() async throws {
        try await StoreFixture.with { store async throws in
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: try await image(store)))
            let layer = record.lower[0]
            for directory in ["dev/pts", "dev/shm", "proc", "sys"] {
                #expect(try Files.status("\(layer)/\(directory)").st_mode == S_IFDIR | 0o755)
            }
            for file in [".dockerenv", "etc/resolv.conf", "etc/hosts", "etc/hostname", "dev/console"] {
                #expect(try Files.status("\(layer)/\(file)").st_mode == S_IFREG | 0o755)
                #expect(try Files.text("\(layer)/\(file)").isEmpty)
            }
            #expect(try Files.link("\(layer)/etc/mtab") == "/proc/mounts")
        }
    }

    @Test func refusesWhatIsNotThereOrAnothersOrNoName() async throws {
        try await StoreFixture.with { store async throws in
            let id = try await image(store)
            let other = try await store.importTar(TarBuilder().finished())
            _ = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id))
            let unknown = "sha256:" + String(repeating: "0", count: 64)
            let refusals: [(String, String, RPCError.Code)] = [
                ("c2", unknown, .notFound), ("c1", other, .conflict), ("..", id, .invalidParameter), ("a/b", id, .invalidParameter),
                ("", id, .invalidParameter), ("c2", "app", .invalidParameter), (String(repeating: "c", count: 129), id, .invalidParameter),
            ]
            for (container, image, code) in refusals {
                let error = await #expect(throws: RPCError.self) {
                    try await store.service.prepareSnapshot(.init(containerID: container, imageID: image))
                }
                #expect(error?.code == code)
            }
            #expect(try Files.names(store.paths.snapshots) == ["c1"])
        }
    }

    @Test func removalIsIdempotentAndLeavesNothing() async throws {
        try await StoreFixture.with { store async throws in
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: try await image(store)))
            try NewDirectory.make("\(record.upper)/d", 0o700)
            for _ in 0..<2 { try await store.service.removeSnapshot(.init(containerID: "c1")) }
            #expect(try Files.names(store.paths.snapshots).isEmpty)
            #expect(store.service.listSnapshots().snapshots.isEmpty)
        }
    }

    /// As after `rmi -f` of a stopped container's image: the container can still start.
    @Test func keepsItsLayersWhenTheImageGoesAndLetsThemGoAfterwards() async throws {
        try await StoreFixture.with { store async throws in
            let id = try await image(store)
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id))
            let removed = try await store.service.removeImage(
                .init(
                    name: "app", force: true, uses: [.init(imageID: id, containerID: "c1", running: false)]))
            #expect(removed.steps == [.untagged("app:latest"), .deleted(id)])
            #expect(try Files.text("\(record.lower[1])/etc/hostname") == "of the image")
            try await store.service.removeSnapshot(.init(containerID: "c1"))
            #expect(try store.contents().isEmpty)
        }
    }

    /// A file that is nothing but holes may say of itself that it has any size.
    @Test func isMeasuredHoweverLargeItClaimsToBe() throws {
        let directory = "/dev/shm/berth-holes-\(UInt32.random(in: 0 ... .max))"
        try NewDirectory.make(directory, 0o700)
        defer { for name in ["a", "b", ""] { remove("\(directory)/\(name)") } }
        for name in ["a", "b"] {
            let file = Descriptor(owning: open("\(directory)/\(name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
            #expect(file.use { ftruncate($0, 6 << 60) } == 0)
        }
        #expect(try SnapshotUsage.bytes(of: directory) == .max)
    }

    @Test func isMeasuredWithHardLinksOnce() async throws {
        try await StoreFixture.with { store async throws in
            let record = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: try await image(store)))
            try NewDirectory.make("\(record.upper)/d", 0o755)
            let sink = try FileSink(creating: "\(record.upper)/d/f")
            try [UInt8](repeating: 1, count: 5000).withUnsafeBytes { try sink.write($0) }
            #expect(link("\(record.upper)/d/f", "\(record.upper)/again") == 0)
            #expect(symlink("1234567", "\(record.upper)/s") == 0)
            let measured = try await store.service.measureSnapshot(.init(containerID: "c1"))
            #expect(measured.writable == 5007 && measured.image == 1012)
            let error = await #expect(throws: RPCError.self) { try await store.service.measureSnapshot(.init(containerID: "no")) }
            #expect(error?.code == .notFound)
        }
    }
}
