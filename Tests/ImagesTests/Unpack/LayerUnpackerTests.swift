// Tars become files as overlayfs wants them.
import CLinux
import Glibc
@testable import ImagesServer
import Testing

/// Unpacks a tar below a directory and looks at what came of it.
struct Unpacked {
    let root: String
    let summary: LayerUnpacker.Summary

    static func with(_ tar: [UInt8], maximumEntries: Int = 1000, _ body: (Unpacked) throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            for name in ["root", "trash"] { try NewDirectory.make("\(directory)/\(name)", 0o755) }
            let tree = try LayerTree(path: "\(directory)/root", trash: try Trash(path: "\(directory)/trash"))
            var unpacker = LayerUnpacker(tree: tree, maximumEntries: maximumEntries)
            let summary = try unpacker.unpack(try TarReader(BytesSource(tar)))
            try body(Unpacked(root: "\(directory)/root", summary: summary))
        }
    }

    func attribute(_ path: String, _ name: String) throws -> [UInt8]? {
        let directory = try Descriptor.directory(root)
        var value = [UInt8](repeating: 0, count: 256)
        let capacity = value.count
        let length = directory.use { clinux_layer_getxattr($0, path, name, &value, capacity) }
        return length < 0 ? nil : Array(value.prefix(Int(length)))
    }

    func isWhiteout(_ path: String) throws -> Bool {
        let status = try Files.status("\(root)/\(path)")
        return status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    func isOpaque(_ path: String) throws -> Bool { try attribute(path, OverlayAttribute.opaque) == Array("y".utf8) }
}

struct LayerUnpackerTests {
    @Test func keepsOwnersModesTimesAndAttributes() async throws {
        var tar = TarBuilder()
        tar.directory("./", mode: 0o711)
        tar.directory("bin", mode: 0o1777)
        tar.file(
            "bin/su", "#!",
            .init(
                mode: 0o4755, uid: 12, gid: 34, records: [("SCHILY.xattr.user.note", [1, 0, 2]), ("mtime", Array("1700000000.25".utf8))]))
        let capability: [UInt8] = [1, 0, 0, 2] + [0x00, 0x04, 0, 0] + [UInt8](repeating: 0, count: 12)
        tar.file("bin/ping", "x", .init(mode: 0o755, records: [("SCHILY.xattr.security.capability", capability)]))
        tar.symbolicLink("bin/sh", to: "/bin/su")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try Files.status(layer.root).st_mode & 0o7777 == 0o711)
            #expect(try Files.status("\(layer.root)/bin").st_mode & 0o7777 == 0o1777)
            #expect(try Files.status("\(layer.root)/bin").st_mtim.tv_sec == 1_600_000_000)
            let program = try Files.status("\(layer.root)/bin/su")
            #expect(program.st_mode & 0o7777 == 0o4755)
            #expect([program.st_uid, program.st_gid] == [12, 34])
            #expect(program.st_mtim.tv_sec == 1_700_000_000)
            #expect(program.st_mtim.tv_nsec == 250_000_000)
            #expect(try layer.attribute("bin/su", "user.note") == [1, 0, 2])
            #expect(try layer.attribute("bin/ping", "security.capability") == capability)
            #expect(try Files.link("\(layer.root)/bin/sh") == "/bin/su")
            #expect(layer.summary == .init(size: 3, entries: 5))
        }
    }

    @Test func makesLinksDevicesAndFIFOs() async throws {
        var tar = TarBuilder()
        tar.file("a", "shared")
        tar.hardLink("d/b", to: "./a")
        tar.symbolicLink("s", to: "missing")
        tar.hardLink("t", to: "s")
        tar.device("null", major: 1, minor: 3)
        tar.device("disk", isBlock: true, major: 8, minor: 1)
        tar.fifo("pipe")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try Files.status("\(layer.root)/a").st_ino == Files.status("\(layer.root)/d/b").st_ino)
            #expect(try Files.status("\(layer.root)/d").st_mode & 0o7777 == 0o755)
            #expect(try Files.link("\(layer.root)/t") == "missing")
            #expect(try Files.status("\(layer.root)/null").st_rdev == 0x103)
            #expect(try Files.status("\(layer.root)/disk").st_mode & S_IFMT == S_IFBLK)
            #expect(try Files.status("\(layer.root)/pipe").st_mode & S_IFMT == S_IFIFO)
            #expect(layer.summary.size == 6)
        }
    }

    @Test func keepsLongStrangeAndNonUnicodeNames() async throws {
        let long = (0..<20).map { "directory-number-\($0)" }.joined(separator: "/") + "/" + String(repeating: "n", count: 200)
        let target = String(repeating: "t", count: 300)
        var tar = TarBuilder()
        tar.file(long, "long")
        tar.symbolicLink("l", to: target)
        tar.file("grüße-日本", "unicode", .init(records: [("path", Array("grüße-日本".utf8))]))
        tar.file(rawPath: [0x66, 0xe9, 0xff], "latin")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try Files.text("\(layer.root)/\(long)") == "long")
            #expect(try Files.link("\(layer.root)/l") == target)
            #expect(try Files.text("\(layer.root)/grüße-日本") == "unicode")
            let names = try DirectoryListing.names(path: layer.root)
            #expect(names.contains(RawPath(bytes: [0x66, 0xe9, 0xff])))
        }
    }

    @Test func keepsHolesOfSparseFiles() async throws {
        let size = 64 << 20
        var tar = TarBuilder()
        let piece = [UInt8](repeating: 7, count: 512)
        tar.sparse("holes", size: size, pieces: [(4096, piece), (size - 512, piece)])
        try await Unpacked.with(tar.finished()) { layer throws in
            let status = try Files.status("\(layer.root)/holes")
            #expect(status.st_size == size)
            #expect(status.st_blocks * 512 < 1 << 20)
            #expect(layer.summary.size == Int64(size))
        }
    }

    @Test func laterEntriesReplaceEarlierOnes() async throws {
        var tar = TarBuilder()
        tar.directory("d")
        tar.file("d/deep/file", "old")
        tar.file("f", "old")
        tar.symbolicLink("s", to: "f")
        tar.file("d", "now a file")
        tar.directory("f")
        tar.file("s", "through no link")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try Files.text("\(layer.root)/d") == "now a file")
            #expect(try Files.names("\(layer.root)/f").isEmpty)
            #expect(try Files.text("\(layer.root)/s") == "through no link")
        }
    }

    @Test func turnsWhiteoutsIntoOverlaysOwn() async throws {
        var tar = TarBuilder()
        tar.file(".wh.gone")
        tar.directory("kept")
        tar.file("kept/.wh..wh..opq")
        tar.file("sub/.wh.gone-too")
        tar.file(".wh..wh.plnk/123")
        tar.file(".wh..wh.aufs")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try layer.isWhiteout("gone"))
            #expect(try layer.isOpaque("kept"))
            #expect(try Files.names("\(layer.root)/kept").isEmpty)
            #expect(try layer.isWhiteout("sub/gone-too"))
            #expect(!Files.exists("\(layer.root)/.wh..wh.aufs"))
        }
    }

    /// A directory that is removed and made anew in one layer must not show what was in the old one.
    @Test func whiteoutAndDirectoryOfOneNameMakeItOpaqueInEitherOrder() async throws {
        var tar = TarBuilder()
        tar.file(".wh.first")
        tar.directory("first")
        tar.directory("second")
        tar.file(".wh.second")
        tar.file("third", "stays")
        tar.file(".wh.third")
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try layer.isOpaque("first"))
            #expect(try layer.isOpaque("second"))
            #expect(try Files.text("\(layer.root)/third") == "stays")
        }
    }

    @Test func anArchiveCannotSpeakToOverlay() async throws {
        var tar = TarBuilder()
        tar.directory(
            "d", mode: 0o755,
            .init(records: [
                ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)), ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)),
            ]))
        try await Unpacked.with(tar.finished()) { layer throws in
            #expect(try layer.attribute("d", "trusted.overlay.redirect") == nil)
            #expect(try layer.attribute("d", "trusted.overlay.opaque") == nil)
        }
    }

    @Test func anEmptyArchiveIsAnEmptyLayer() async throws {
        try await Unpacked.with(TarBuilder().finished()) { #expect($0.summary == .init()) }
        try await Unpacked.with([]) { #expect($0.summary == .init()) }
    }

    @Test func countsEntries() async throws {
        var tar = TarBuilder()
        for number in 0..<11 { tar.file("f\(number)") }
        let bytes = tar.finished()
        await #expect(throws: UnpackError.tooManyEntries(limit: 10)) { try await Unpacked.with(bytes, maximumEntries: 10) { _ in } }
    }
}
