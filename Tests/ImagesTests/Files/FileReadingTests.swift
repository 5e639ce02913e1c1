// Files of a container that doesn't run, read: paths, links, mounts, tars.
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

struct FileReadingTests {
    private static func image(_ tar: inout TarBuilder) {
        tar.directory("dir", mode: 0o1750, .init(uid: 5, gid: 6))
        tar.file("dir/b", "bee", .init(mode: 0o4755, uid: 7, gid: 8, records: [("SCHILY.xattr.user.x", Array("y".utf8))]))
        tar.file("dir/a", [UInt8](repeating: 9, count: 700_000))
        tar.hardLink("dir/c", to: "dir/b")
        tar.symbolicLink("dir/up", to: "../../..")
        tar.symbolicLink("way", to: "/dir")
        tar.symbolicLink("far", to: "way/b")
        tar.symbolicLink("out", to: "../../../../etc/passwd")
        tar.symbolicLink("loop", to: "loop")
        tar.fifo("pipe")
        tar.directory("mnt")
    }

    @Test(arguments: [
        ("/dir", "dir", S_IFDIR | 0o1750, ""), ("/dir/", "dir", S_IFDIR | 0o1750, ""), ("dir/.", ".", S_IFDIR | 0o1750, ""),
        ("/way", "way", S_IFLNK | 0o777, "/dir"), ("/way/", "way", S_IFDIR | 0o1750, ""), ("/way/b", "b", S_IFREG | 0o4755, ""),
        ("/far", "far", S_IFLNK | 0o777, "/dir/b"), ("/out", "out", S_IFLNK | 0o777, "/etc/passwd"), ("/", "/", S_IFDIR | 0o755, ""),
        ("/dir/../dir/./b", "b", S_IFREG | 0o4755, ""), ("/dir/up/dir/b", "b", S_IFREG | 0o4755, ""),
        ("/../../dir", "dir", S_IFDIR | 0o1750, ""),
    ])
    func statuses(path: String, name: String, mode: UInt32, link: String) async throws {
        try await FileFixture.with(Self.image) { fixture in
            let status = try await fixture.stat(path)
            #expect(status.name == name && status.mode == mode && status.linkTarget == link)
            #expect(try Files.names(fixture.snapshot.upper).isEmpty && Files.names(fixture.store.paths.mounts).isEmpty)
        }
    }

    @Test(arguments: [
        ("/nope", RPCError.Code.notFound), ("/dir/b/x", .notFound), ("/dir/b/", .invalidParameter), ("/out/x", .notFound),
        ("/out/", .notFound),
    ])
    func refusals(path: String, code: RPCError.Code) async throws {
        try await FileFixture.with(Self.image) { fixture in
            let error = await #expect(throws: RPCError.self) { _ = try await fixture.stat(path) }
            #expect(error?.code == code && (code != .notFound || error?.details[ContainerFiles.missingFile] == path))
            await #expect(throws: RPCError.self) { _ = try await fixture.read(path) }
        }
    }

    @Test func aDirectoryIsReadInOrderWithEverything() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let files = try await fixture.read("/dir")
            #expect(files.map(\.name) == ["dir/", "dir/a", "dir/b", "dir/c", "dir/up"])
            let b = files[2]
            #expect(b.text == "bee" && b.entry.mode == 0o4755 && b.entry.uid == 7 && b.entry.gid == 8)
            #expect(b.entry.modifiedSeconds == 1_600_000_000 && b.entry.attributes == [.init(name: "user.x", value: Array("y".utf8))])
            #expect(files[0].entry.mode == 0o1750 && files[1].data == [UInt8](repeating: 9, count: 700_000))
            #expect(files[3].entry.kind == .hardLink(target: "dir/b") && files[4].entry.kind == .symbolicLink(target: "../../.."))
        }
    }

    @Test(arguments: [
        ("/dir/b", ["b"]), ("/way", ["way"]), ("/way/", ["way/", "way/a", "way/b", "way/c", "way/up"]),
        ("/dir/.", ["./", "./a", "./b", "./c", "./up"]), ("/pipe", ["pipe"]),
    ])
    func whatIsReadIsNamedAfterItsPath(path: String, names: [String]) async throws {
        try await FileFixture.with(Self.image) { fixture in
            let read = try await fixture.read(path)
            #expect(read.map(\.name) == names)
        }
    }

    /// What a start would mount is there, too.
    @Test func volumesAreSeenWhereTheyAreMounted() async throws {
        try await TemporaryDirectory.with { host in
            #expect(mkdir("\(host)/sub", 0o755) == 0 && symlink("/", "\(host)/escape") == 0)
            try await FileFixture.with(Self.image) { fixture in
                var fixture = fixture
                fixture.files.mounts = [
                    .init(source: host, destination: "/way/vol", readonly: false),
                    .init(source: "/surely/not", destination: "/gone", readonly: false),
                    .init(source: host, destination: "/part", readonly: false, subpath: "escape/sub"),
                ]
                let (whole, part) = (try await fixture.read("/dir/vol"), try await fixture.read("/part/"))
                #expect(whole.map(\.name) == ["vol/", "vol/escape", "vol/sub/"] && part.map(\.name) == ["part/"])
                // The link in the volume leads to the container's root.
                let escaped = try await fixture.stat("/dir/vol/escape/dir/b")
                #expect(escaped.size == 3)
                let exported = try await fixture.export().map(\.name)
                #expect(exported.contains("dir/vol/") && !exported.contains("dir/vol/sub/"))
            }
        }
    }

    @Test func aTimeOfAnotherCenturyIsToldAsFarAsItCanBe() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/") { $0.file("late", "n") }
            let year2300 = timespec(tv_sec: 10_413_792_000, tv_nsec: 0)
            #expect(utimensat(AT_FDCWD, fixture.upper("late"), [year2300, year2300], 0) == 0)
            #expect(try Files.status(fixture.upper("late")).st_mtim.tv_sec == year2300.tv_sec)
            #expect(try await fixture.stat("/late").modifiedAt == 9_223_372_036_000_000_000)
            #expect(try await fixture.read("/late").map(\.entry.modifiedSeconds) == [10_413_792_000])
        }
    }

    @Test func exportIsTheWholeRootWithoutTheMounts() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/") { $0.file("new", "n") }
            let names = Set(try await fixture.export().map(\.name))
            #expect(names.isSuperset(of: ["dir/", "dir/a", "new", "etc/mtab", ".dockerenv", "proc/", "pipe"]))
            #expect(!names.contains("/") && !names.contains("./"))
        }
    }

    @Test func changesAreListedAsDockerDoes() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let none = try await fixture.changes()
            #expect(none.isEmpty)
            try await ContainerTree(paths: fixture.store.paths, snapshot: fixture.snapshot).run { _ in
                let root = fixture.store.paths.mounts
                #expect(unlink("\(root)/dir/a") == 0 && chmod("\(root)/dir/b", 0o600) == 0 && mkdir("\(root)/made", 0o755) == 0)
                #expect(mkdir("\(root)/made/deep", 0o755) == 0 && symlink("x", "\(root)/mnt/link") == 0)
            }
            let changes = try await fixture.changes()
            #expect(changes == ["C /dir", "D /dir/a", "C /dir/b", "A /made", "A /made/deep", "C /mnt", "A /mnt/link"])
        }
    }

    /// What was below a directory that was made anew is gone with the old one.
    @Test func whatAReplacedDirectoryHidesIsDeleted() async throws {
        let build: (inout TarBuilder) -> Void = { tar in
            for name in ["a", "b", "sub/deep", "sub/more"] { tar.file("etc/apt/\(name)", name) }
            tar.file("target/file", "f")
            tar.symbolicLink("way", to: "target")
        }
        try await FileFixture.with(build) { fixture in
            try await ContainerTree(paths: fixture.store.paths, snapshot: fixture.snapshot).run { _ in
                let root = fixture.store.paths.mounts
                for name in ["a", "b", "sub/deep", "sub/more"] { #expect(unlink("\(root)/etc/apt/\(name)") == 0) }
                #expect(rmdir("\(root)/etc/apt/sub") == 0 && rmdir("\(root)/etc/apt") == 0 && unlink("\(root)/way") == 0)
                for path in ["etc/apt", "etc/apt/sub", "etc/apt/sub/new", "way"] { #expect(mkdir("\(root)/\(path)", 0o755) == 0) }
                #expect(symlink("x", "\(root)/etc/apt/b") == 0)
            }
            let changes = try await fixture.changes()
            #expect(
                changes == [
                    "C /etc", "C /etc/apt", "D /etc/apt/a", "C /etc/apt/b", "C /etc/apt/sub", "D /etc/apt/sub/deep", "D /etc/apt/sub/more",
                    "A /etc/apt/sub/new", "C /way",
                ])
        }
    }

    /// A running container is reached through a process of its own, and through no other.
    @Test func anotherProcessIsNotTheContainers() async throws {
        try await FileFixture.with(Self.image) { fixture in
            var fixture = fixture
            fixture.files.pid = getpid()
            let error = await #expect(throws: RPCError.self) { _ = try await fixture.stat("/etc/passwd") }
            #expect(error?.code == .conflict)
        }
    }
}
