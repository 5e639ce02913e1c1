// Archives that try to reach out of the layer.
import Foundation
@testable import ImagesServer
import Testing

struct HostileArchiveTests {
    /// Builds a tar that aims at `victim`, a directory beside the layer's root.
    struct Attack: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Whether the archive is refused; otherwise it unpacks without harm.
        var isRefused: Bool
        var build: @Sendable (_ tar: inout TarBuilder, _ victim: String) -> Void
    }

    static let attacks = [
        Attack(testDescription: "climbs", isRefused: true) { tar, _ in tar.file("../victim/new", "x") },
        Attack(testDescription: "climbs after descending", isRefused: true) { tar, _ in tar.file("a/../../victim/new", "x") },
        Attack(testDescription: "is the parent", isRefused: true) { tar, _ in tar.directory("..") },
        Attack(testDescription: "absolute name", isRefused: false) { tar, victim in tar.file("\(victim)/new", "x") },
        Attack(testDescription: "absolute link as parent", isRefused: true) { tar, victim in
            tar.symbolicLink("way", to: victim)
            tar.file("way/new", "x")
        },
        Attack(testDescription: "climbing link as parent", isRefused: true) { tar, _ in
            tar.symbolicLink("way", to: "../victim")
            tar.file("way/new", "x")
        },
        Attack(testDescription: "chain of links", isRefused: true) { tar, _ in
            tar.directory("a")
            tar.symbolicLink("a/up", to: "..")
            tar.symbolicLink("out", to: "a/up/../victim")
            tar.file("out/new", "x")
        },
        Attack(testDescription: "file over a link", isRefused: false) { tar, victim in
            tar.symbolicLink("way", to: "\(victim)/secret")
            tar.file("way", "overwritten")
        },
        Attack(testDescription: "directory over a link", isRefused: false) { tar, victim in
            tar.symbolicLink("way", to: victim)
            tar.directory("way", mode: 0o777)
        },
        Attack(testDescription: "hard link to an absolute name", isRefused: true) { tar, victim in
            tar.hardLink("way", to: "\(victim)/secret")
        },
        Attack(testDescription: "hard link that climbs", isRefused: true) { tar, _ in tar.hardLink("way", to: "../victim/secret") },
        Attack(testDescription: "hard link through a link", isRefused: true) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.hardLink("way", to: "door/secret")
        },
        Attack(testDescription: "hard link to a link, then a file over it", isRefused: false) { tar, victim in
            tar.symbolicLink("door", to: "\(victim)/secret")
            tar.hardLink("way", to: "door")
            tar.file("way", "overwritten")
        },
        Attack(testDescription: "whiteout through a link", isRefused: true) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.file("door/.wh.secret")
        },
        Attack(testDescription: "opaque through a link", isRefused: true) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.file("door/.wh..wh..opq")
        },
        Attack(testDescription: "whiteout that climbs", isRefused: false) { tar, _ in tar.file(".wh...") },
        Attack(testDescription: "through proc", isRefused: true) { tar, victim in
            tar.symbolicLink("door", to: "/proc/self/root\(victim)")
            tar.file("door/new", "x")
        },
        Attack(testDescription: "attributes through a link", isRefused: false) { tar, victim in
            tar.symbolicLink("way", to: "\(victim)/secret")
            tar.directory("way", mode: 0o777, .init(records: [("SCHILY.xattr.user.mark", [1])]))
        },
    ]

    @Test(arguments: attacks)
    func touchesNothingOutside(_ attack: Attack) async throws {
        try await TemporaryDirectory.with { directory in
            let victim = "\(directory)/victim"
            for name in ["root", "trash", "victim"] { try NewDirectory.make("\(directory)/\(name)", 0o700) }
            try "secret".write(toFile: "\(victim)/secret", atomically: false, encoding: .utf8)
            let before = [try Files.status(victim), try Files.status("\(victim)/secret")].map(Self.fingerprint)
            var tar = TarBuilder()
            attack.build(&tar, victim)

            let tree = try LayerTree(path: "\(directory)/root", trash: try Trash(path: "\(directory)/trash"))
            var unpacker = LayerUnpacker(tree: tree, maximumEntries: 100)
            let bytes = tar.finished()
            let result = Result { try unpacker.unpack(try TarReader(BytesSource(bytes))) }

            #expect((try? result.get()) == nil ? attack.isRefused : !attack.isRefused)
            #expect([try Files.status(victim), try Files.status("\(victim)/secret")].map(Self.fingerprint) == before)
            #expect(try Files.names(victim) == ["secret"])
            #expect(try Files.text("\(victim)/secret") == "secret")
            #expect(try Files.names(directory) == ["root", "trash", "victim"])
        }
    }

    private static func fingerprint(_ status: stat) -> [Int] {
        [
            Int(status.st_ino), Int(status.st_mode), Int(status.st_nlink), Int(status.st_size), status.st_mtim.tv_nsec,
            status.st_ctim.tv_nsec,
        ]
    }

    @Test(arguments: [
        (Array("this is no archive at all, whatever its length may be".utf8), true),
        ([UInt8](repeating: 0xff, count: 4096), true),
    ])
    func refusesGarbage(_ bytes: [UInt8], _ isRefused: Bool) async throws {
        await #expect(throws: UnpackError.self) { try await Unpacked.with(bytes) { _ in } }
    }

    @Test func refusesATruncatedArchive() async throws {
        var tar = TarBuilder()
        tar.file("a", [UInt8](repeating: 1, count: 100_000))
        let bytes = Array(tar.finished().prefix(50_000))
        await #expect(throws: UnpackError.self) { try await Unpacked.with(bytes) { _ in } }
    }
}
