// Archives unpacked into a container, friendly and hostile.
import Contracts
import Glibc
@testable import ImagesServer
import RPC
import Testing

struct FileWritingTests {
    private static func image(_ tar: inout TarBuilder) {
        tar.directory("etc")
        tar.file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n")
        tar.file("etc/group", "staff:x:50:\n")
        tar.directory("dir")
        tar.file("dir/file", "old")
        tar.directory("dir/sub")
        tar.file("dir/sub/x", "x")
        tar.symbolicLink("way", to: "/dir")
        tar.symbolicLink("host", to: "../../../../../../../../tmp")
        tar.directory("tmp")
    }

    @Test func filesGoWhereTheyAreSent() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/way") { tar in
                tar.file("file", "new", .init(mode: 0o4711, uid: 9, gid: 10, time: 1_500_000_000))
                tar.file("made/here/y", "y")
                tar.symbolicLink("link", to: "/etc/passwd")
                tar.hardLink("again", to: "file")
                tar.directory("sub", mode: 0o700, .init(uid: 11, time: 1_400_000_000))
                tar.fifo("pipe")
            }
            let file = try Files.status(fixture.upper("dir/file"))
            #expect(file.st_mode & 0o7777 == 0o4711 && file.st_uid == 9 && file.st_gid == 10 && file.st_mtim.tv_sec == 1_500_000_000)
            #expect(try Files.text(fixture.upper("dir/again")) == "new" && Files.text(fixture.upper("dir/made/here/y")) == "y")
            #expect(try Files.status(fixture.upper("dir/made/here")).st_mode & 0o777 == 0o755)
            let sub = try Files.status(fixture.upper("dir/sub"))
            #expect(sub.st_mode & 0o777 == 0o700 && sub.st_uid == 11 && sub.st_mtim.tv_sec == 1_400_000_000)
            let read = try await fixture.read("/dir/sub")
            #expect(read.map(\.name) == ["sub/", "sub/x"])
        }
    }

    @Test(arguments: [("app", 1000, 1001), ("app:staff", 1000, 50), ("12:13", 12, 13), ("12", 12, 0), ("1000", 1000, 1001)])
    func everythingCanBelongToTheContainersUser(user: String, uid: UInt32, gid: UInt32) async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/dir", owner: user) { $0.file("mine", "", .init(uid: 77, gid: 77)) }
            let file = try Files.status(fixture.upper("dir/mine"))
            #expect(file.st_uid == uid && file.st_gid == gid)
        }
    }

    @Test(arguments: [
        ("/nope", RPCError.Code.notFound, "no such file"), ("/dir/file", .invalidParameter, "extraction point is not a directory"),
        ("/dir/file/", .invalidParameter, "not a directory"), ("/dir", .invalidParameter, "unable to find user nobody"),
    ])
    func badTargets(path: String, code: RPCError.Code, words: String) async throws {
        try await FileFixture.with(Self.image) { fixture in
            let error = await #expect(throws: RPCError.self) { try await fixture.write(path, owner: "nobody") { $0.file("x", "") } }
            #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    @Test func whatIsReadOnlyIsForbidden() async throws {
        try await TemporaryDirectory.with { host in
            try await FileFixture.with(Self.image) { fixture in
                var fixture = fixture
                fixture.files.readonlyRoot = true
                fixture.files.mounts = [
                    .init(source: host, destination: "/dir/ro", readonly: true),
                    .init(source: host, destination: "/dir/rw", readonly: false),
                ]
                for (path, words) in [("/dir", "container rootfs is marked read-only"), ("/way/ro", "mounted volume is marked read-only")] {
                    let error = await #expect(throws: RPCError.self) { try await fixture.write(path) { $0.file("x", "") } }
                    #expect(error == RPCError(.forbidden, words))
                }
                try await fixture.write("/way/rw") { $0.file("x", "") }
                #expect(try Files.names(host) == ["x"])
            }
        }
    }

    @Test func kindsAreKeptIfAsked() async throws {
        try await FileFixture.with(Self.image) { fixture in
            let one = await #expect(throws: RPCError.self) { try await fixture.write("/dir", keepsKinds: true) { $0.file("sub", "") } }
            #expect(one?.message == #"cannot overwrite directory "sub" with non-directory "/dir""#)
            let other = await #expect(throws: RPCError.self) { try await fixture.write("/dir", keepsKinds: true) { $0.directory("file") } }
            #expect(other?.message == #"cannot overwrite non-directory "file" with directory "/dir""#)
            try await fixture.write("/dir") { tar in
                tar.file("sub", "now a file")
                tar.directory("file")
            }
            let read = try await fixture.read("/dir")
            #expect(read.map(\.name) == ["dir/", "dir/file/", "dir/sub"])
        }
    }

    // MARK: Hostile archives

    static let hostile: [(name: String, words: String, build: @Sendable (inout TarBuilder) -> Void)] = [
        ("climbs out", "leads out", { $0.file("../escape", "x") }),
        ("climbs out late", "leads out", { $0.file("a/../../escape", "x") }),
        ("links to the host", "not in the layer", { $0.hardLink("stolen", to: "/etc/passwd-not-here") }),
        ("links out", "leads out", { $0.hardLink("stolen", to: "../../x") }),
        ("a component too long", "too long", { $0.file(String(repeating: "a", count: 256), "x") }),
        ("a path too long", "too long", { $0.file(String(repeating: "a/", count: 2100) + "x", "x") }),
        (
            "below a file", "not a directory",
            { tar in
                tar.file("plain", "x")
                tar.file("plain/below", "x")
            }
        ),
    ]

    @Test(arguments: hostile.indices)
    func hostileArchivesAreRefusedInWords(index: Int) async throws {
        try await FileFixture.with(Self.image) { fixture async throws in
            let error = await #expect(throws: RPCError.self) { try await fixture.write("/dir", Self.hostile[index].build) }
            #expect(error?.code == .invalidParameter, "\(error?.message ?? "")")
            let words = error?.message.lowercased() ?? ""
            #expect(words.contains(Self.hostile[index].words), "\(words)")
            #expect(try Files.names(fixture.store.paths.mounts).isEmpty && !Files.exists("/escape") && !Files.exists("/tmp/escape"))
        }
    }

    /// Links that an archive brings, or that are there, lead to places in the container.
    @Test func linksLeadNowhereElse() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/dir") { tar in
                tar.symbolicLink("s", to: "../../../../../../../../tmp")
                tar.file("s/berth-escape", "x")
                tar.symbolicLink("t", to: "/")
                tar.file("t/berth-top", "x")
                tar.file("/absolute", "x")
            }
            try await fixture.write("/host") { $0.file("berth-other", "x") }
            #expect(try Files.names(fixture.upper("tmp")) == ["berth-escape", "berth-other"])
            #expect(Files.exists(fixture.upper("berth-top")) && Files.exists(fixture.upper("dir/absolute")))
            for path in ["/tmp/berth-escape", "/tmp/berth-other", "/berth-top", "/absolute"] { #expect(!Files.exists(path)) }
        }
    }

    /// Marks of layers are files like any other here, and the kernel's own attributes stay the kernel's.
    @Test func whiteoutsAndOverlayAttributesMeanNothing() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/dir") { tar in
                tar.file(".wh.file", "")
                tar.file(".wh..wh..opq", "")
                tar.directory("d", .init(records: [("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8))]))
                tar.file("cap", "", .init(records: [("SCHILY.xattr.user.keep", Array("1".utf8))]))
            }
            let names = try await fixture.read("/dir").map(\.name)
            #expect(names.contains("dir/file") && names.contains("dir/.wh.file") && names.contains("dir/.wh..wh..opq"))
            let upper = try Descriptor.directory(fixture.upper("dir"))
            #expect(try FileAttributes.value(of: OverlayAttribute.opaque, upper, "d") == nil)
            #expect(try FileAttributes.value(of: "user.keep", upper, "cap") == Array("1".utf8))
        }
    }

    @Test func laterEntriesReplaceEarlierOnesAndHolesStayHoles() async throws {
        try await FileFixture.with(Self.image) { fixture in
            try await fixture.write("/dir") { tar in
                tar.file("twice", "first")
                tar.file("twice", "second")
                tar.sparse("holes", size: 64 << 20, pieces: [(1 << 20, Array("data".utf8))])
            }
            #expect(try Files.text(fixture.upper("dir/twice")) == "second")
            let holes = try Files.status(fixture.upper("dir/holes"))
            #expect(holes.st_size == 64 << 20 && holes.st_blocks * 512 < 4 << 20)
        }
    }

    @Test func aBombGoesOffHarmlessly() async throws {
        var settings = ImageSettings.standard
        settings.maximumArchiveSize = 1 << 20
        try await StoreFixture.with(settings: settings) { store in
            let id = try await store.importTar(TarBuilder().finished())
            _ = try await store.service.prepareSnapshot(.init(containerID: "c1", imageID: id))
            var tar = TarBuilder()
            tar.file("zeros", [UInt8](repeating: 0, count: 4 << 20))
            let bomb = StoreFixture.pieces(tar.finished())
            let error = await #expect(throws: RPCError.self) {
                try await store.service.writeFiles(.init(files: .init(containerID: "c1"), path: "/"), input: bomb)
            }
            #expect(error?.code == .invalidParameter && error?.message.contains("more than 1048576 bytes") == true)
        }
    }

    @Test(arguments: [[], Array("no tar at all, whatever it may be".utf8)])
    func whatIsNoTarIsSaidToBeNone(bytes: [UInt8]) async throws {
        try await FileFixture.with(Self.image) { fixture in
            guard !bytes.isEmpty else { return try await fixture.write("/dir", bytes) }
            await #expect(throws: RPCError.self) { try await fixture.write("/dir", bytes) }
        }
    }
}
