// Volumes in the store: made once, kept over restarts, filled from images, removed whole.
import CLinux
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

struct VolumeTests {
    private func create(_ store: StoreFixture, _ name: String, _ options: [String: String] = [:]) async throws -> VolumeRecord {
        try await store.service.createVolume(.init(name: name, options: options, labels: ["a": "b"])).volume
    }

    @Test func aVolumeIsMadeOnceAndKept() async throws {
        try await TemporaryDirectory.with { directory in
            let root = "\(directory)/root/images"
            let volume = try await create(StoreFixture.open(root), "data")
            #expect(volume.mountpoint == "\(root)/volumes/data/_data" && volume.labels == ["a": "b"] && !volume.isAnonymous)
            let store = try await StoreFixture.open(root)
            #expect(store.service.listVolumes().volumes == [volume])
            let again = try await store.service.createVolume(.init(name: "data", labels: ["other": ""]))
            #expect(again.volume == volume && !again.isNew)
            #expect(try Files.status(volume.mountpoint).st_mode == S_IFDIR | 0o755)
        }
    }

    @Test func aVolumeWithoutANameIsAnonymous() async throws {
        try await StoreFixture.with { store in
            let made = try await store.service.createVolume(.init(name: ""))
            #expect(made.isNew && made.volume.isAnonymous && made.volume.name.count == 64)
        }
    }

    @Test(arguments: [
        ("x", "", [:], RPCError.Code.invalidParameter, "volume name is too short"),
        ("../x", "", [:], .invalidParameter, "includes invalid characters for a local volume name"),
        ("-x", "", [:], .invalidParameter, "use absolute path"),
        ("new", "nfs", [:], .notFound, #"plugin "nfs" not found"#), ("there", "nfs", [:], .conflict, "volume name must be unique"),
        ("new", "", ["color": "red"], .invalidParameter, #"invalid option: "color""#),
        ("new", "", ["device": "/x"], .invalidParameter, #"missing required option: "type""#),
        ("new", "", ["size": "much"], .invalidParameter, "invalid size: 'much'"),
        ("new", "", ["size": "1g", "type": "tmpfs", "device": "tmpfs"], .invalidParameter, #"use "o""#),
    ])
    func refusals(name: String, driver: String, options: [String: String], code: RPCError.Code, words: String) async throws {
        try await StoreFixture.with { store in
            _ = try await create(store, "there")
            let error = await #expect(throws: RPCError.self) {
                try await store.service.createVolume(.init(name: name, driver: driver, options: options))
            }
            #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(try Files.names(store.paths.volumes) == ["there"])
        }
    }

    @Test func removalLeavesNothing() async throws {
        try await StoreFixture.with { store in
            let volume = try await create(store, "data")
            #expect(mkdir("\(volume.mountpoint)/dir", 0o755) == 0)
            try await store.service.removeVolume(.init(name: "data"))
            #expect(store.service.listVolumes().volumes.isEmpty && !Files.exists(store.paths.volume("data")))
            let error = await #expect(throws: RPCError.self) { try await store.service.removeVolume(.init(name: "data")) }
            #expect(error?.message == "get data: no such volume" && error?.code == .notFound)
        }
    }

    @Test func whatNoRecordClaimsIsSweptAndWhatIsMissingIsMade() async throws {
        try await TemporaryDirectory.with { directory in
            let root = "\(directory)/root/images"
            let volume = try await create(StoreFixture.open(root), "data")
            #expect(rmdir(volume.mountpoint) == 0 && mkdir("\(root)/volumes/stray", 0o700) == 0)
            let store = try await StoreFixture.open(root)
            #expect(Files.exists(volume.mountpoint) && !Files.exists(store.paths.volume("stray")))
        }
    }

    // MARK: Filling

    private func image(_ store: StoreFixture) async throws -> String {
        var tar = TarBuilder()
        tar.directory("data", mode: 0o750, .init(uid: 7, gid: 8))
        tar.file("data/file", "of the image", .init(mode: 0o640, uid: 1000, gid: 1001, records: [("SCHILY.xattr.user.x", Array("y".utf8))]))
        tar.hardLink("data/again", to: "data/file")
        tar.symbolicLink("data/link", to: "../file")
        tar.directory("data/sub")
        tar.fifo("data/sub/pipe")
        tar.file("plain", "a file")
        tar.symbolicLink("way", to: "/data/sub/../")
        let id = try await store.importTar(tar.finished())
        _ = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id))
        return id
    }

    private func fill(_ store: StoreFixture, _ path: String, copies: Bool = true) async throws -> String {
        let volume = try await create(store, "data")
        try await store.service.fillVolume(.init(volume: "data", containerID: "c1", path: path, copies: copies))
        return volume.mountpoint
    }

    @Test(arguments: ["/data", "/way", "/data/../data/"])
    func anEmptyVolumeGetsWhatTheImageHas(path: String) async throws {
        try await StoreFixture.with { store in
            _ = try await image(store)
            let data = try await fill(store, path)
            let root = try Files.status(data)
            #expect(root.st_mode & 0o7777 == 0o750 && root.st_uid == 7 && root.st_gid == 8 && root.st_mtim.tv_sec == 1_600_000_000)
            let file = try Files.status("\(data)/file")
            #expect(try Files.text("\(data)/again") == "of the image" && Files.status("\(data)/again").st_ino == file.st_ino)
            #expect(file.st_mode & 0o7777 == 0o640 && file.st_uid == 1000 && file.st_gid == 1001 && file.st_nlink == 2)
            #expect(try Files.link("\(data)/link") == "../file" && Files.status("\(data)/sub/pipe").st_mode & S_IFMT == S_IFIFO)
            let directory = try Descriptor.directory(data)
            #expect(try FileAttributes.value(of: "user.x", directory, "file") == Array("y".utf8))
            // Nothing was written to the container for it.
            #expect(try Files.names(store.paths.upper("c1")).isEmpty && Files.names(store.paths.mounts).isEmpty)
        }
    }

    /// As when two services of a project share a new volume.
    @Test func ofTwoAtOnceOneFills() async throws {
        try await StoreFixture.with { store in
            var tar = TarBuilder()
            for number in 0..<300 { tar.file("data/sub\(number)/file", "\(number)") }
            let id = try await store.importTar(tar.finished())
            for name in ["a", "b", "c"] { _ = try await store.service.prepareSnapshot(.init(containerID: name, imageID: id)) }
            for round in 0..<4 {
                let volume = try await create(store, "shared\(round)")
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for name in ["a", "b", "c"] {
                        group.addTask {
                            try await store.service.fillVolume(.init(volume: volume.name, containerID: name, path: "/data", copies: true))
                            return try Files.names(volume.mountpoint).count
                        }
                    }
                    for try await count in group { #expect(count == 300) }
                }
                #expect(try Files.names(store.paths.volume(volume.name)) == ["_data"])
            }
        }
    }

    /// A container may have the empty volume already: it sees what comes, and keeps what it makes meanwhile.
    @Test func whatIsMountedIsFilledInItsPlace() async throws {
        try await StoreFixture.with { store in
            _ = try await image(store)
            let volume = try await create(store, "data")
            let before = try Files.status(volume.mountpoint).st_ino
            _ = try await fill(store, "/data")
            #expect(try Files.status(volume.mountpoint).st_ino == before)
            #expect(try Files.names(store.paths.volume("data")) == ["_data"])
        }
    }

    @Test func nothingIsCopiedUnasked() async throws {
        try await StoreFixture.with { store in
            _ = try await image(store)
            let steps: [(String, Bool, [String])] = [
                ("/data", false, []), ("/not/there", true, []), ("/data/sub", true, ["pipe"]), ("/data", true, ["pipe"]),
            ]
            for (path, copies, expected) in steps {
                let data = try await fill(store, path, copies: copies)
                #expect(try Files.names(data) == expected)
            }
        }
    }

    @Test func aFileIsNoPlaceForAVolume() async throws {
        try await StoreFixture.with { store in
            _ = try await image(store)
            let error = await #expect(throws: RPCError.self) { try await fill(store, "/plain") }
            #expect(error?.message == "cannot mount volume over existing file, file exists /plain" && error?.code == .invalidParameter)
        }
    }

    @Test func sizesAreOfFiles() async throws {
        try await StoreFixture.with { store in
            _ = try await image(store)
            _ = try await fill(store, "/data")
            let sizes = try await store.service.measureVolumes(.init(names: ["data", "gone"])).sizes
            #expect(sizes == ["data": Int64("of the image".utf8.count + "../file".utf8.count)])
        }
    }
}
