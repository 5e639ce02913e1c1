// Forms whose entries are strange in themselves.

extension HostileForm {
    static let entries: [HostileForm] = [
        HostileForm("character device") { tar, _ in tar.device("null", major: 1, minor: 3) },
        HostileForm("block device") { tar, _ in tar.device("disk", isBlock: true, major: 8, minor: 0) },
        HostileForm(
            "character device 0:0", copy: "Operation not permitted", dockerd: taken, "operation not permitted"
        ) { tar, _ in tar.device("hidden", major: 0, minor: 0) },
        HostileForm("fifo") { tar, _ in tar.fifo("queue") },
        HostileForm(
            "unknown type", dockerd: "unhandled tar header type 90", "unhandled tar header type 90"
        ) { tar, _ in tar.entry("thing", kind: "Z") },
        HostileForm("whiteout") { tar, _ in tar.file("etc/.wh.passwd") },
        HostileForm("whiteout of this layer's directory", dockerd: "file exists") { tar, _ in
            tar.file("d/file", "x")
            tar.file(".wh.d")
        },
        HostileForm(
            "whiteout through a link", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.file("door/.wh.secret")
        },
        HostileForm("whiteout of the parent", dockerd: "file exists") { tar, _ in tar.file(".wh...") },
        HostileForm("whiteout of nothing", dockerd: "file exists") { tar, _ in tar.file(".wh.") },
        HostileForm("opaque marker") { tar, _ in
            tar.directory("d")
            tar.file("d/.wh..wh..opq")
        },
        HostileForm(
            "opaque marker through a link", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.file("door/.wh..wh..opq")
        },
        HostileForm("bookkeeping of AUFS") { tar, _ in tar.directory(".wh..wh.plnk") },
        HostileForm("same file twice", dockerd: "duplicates of file paths not supported") { tar, _ in
            tar.file("twice", "first")
            tar.file("twice", "second")
        },
        HostileForm(
            "directory over a file", copy: "cannot overwrite non-directory", dockerd: "duplicates of file paths not supported",
            "cannot overwrite non-directory"
        ) { tar, _ in
            tar.file("both", "x")
            tar.directory("both")
        },
        HostileForm("file over a full directory", copy: "cannot overwrite directory", dockerd: taken, "cannot overwrite directory") {
            tar, _ in
            tar.file("both/inner", "x")
            tar.file("both", "x")
        },
        HostileForm(
            "file below a file", layer: "Not a directory", copy: "Not a directory", dockerd: "not a directory", "not a directory"
        ) { tar, _ in
            tar.file("both", "x")
            tar.file("both/inner", "x")
        },
        HostileForm(
            "component of 256 bytes", layer: "too long", copy: "too long", dockerd: "file name too long", "file name too long"
        ) { tar, _ in tar.file(String(repeating: "n", count: 256), "x") },
        HostileForm(
            "name of 4095 bytes", dockerd: "file name too long", "file name too long"
        ) { tar, _ in tar.file(longName(4095), "x") },
        HostileForm(
            "name of 4096 bytes", layer: "too long", copy: "too long", dockerd: "file name too long", "file name too long"
        ) { tar, _ in tar.file(longName(4096), "x") },
        HostileForm(
            "link target of 4096 bytes", layer: "File name too long", copy: "File name too long", dockerd: "file name too long",
            "file name too long"
        ) { tar, _ in tar.symbolicLink("long", to: longName(4096)) },
        HostileForm("name that is no UTF-8") { tar, _ in tar.file(rawPath: [0x61, 0xff, 0xfe], "x") },
        HostileForm("name with a newline") { tar, _ in tar.file("new\nline", "x") },
        HostileForm("empty name", dockerd: taken, "cannot overwrite directory") { tar, _ in tar.file("", "x") },
        HostileForm("set-user-ID and sticky") { tar, _ in tar.file("suid", "x", .init(mode: 0o7755)) },
        HostileForm("sparse file of 1 GiB") { tar, _ in tar.sparse("sparse", size: 1 << 30, pieces: [(1 << 20, [1, 2, 3])]) },
        HostileForm("capability") { tar, _ in
            tar.file("ping", "x", .init(records: [("SCHILY.xattr.security.capability", capability)]))
        },
        HostileForm("attribute of overlayfs") { tar, _ in
            tar.directory("d", .init(records: [("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8))]))
        },
        HostileForm(
            "attribute of 70000 bytes", layer: "Argument list too long", copy: "Argument list too long", dockerd: "argument list too long",
            "argument list too long"
        ) { tar, _ in
            tar.file("large", "x", .init(records: [("SCHILY.xattr.user.large", [UInt8](repeating: 0x61, count: 70_000))]))
        },
        HostileForm("time far away") { tar, _ in tar.file("old", "x", .init(records: [("mtime", Array("-99999999999".utf8))])) },
        HostileForm(
            "owner above 32 bits", layer: "owner that Linux can't represent", copy: "owner that Linux can't represent"
        ) { tar, _ in tar.file("owned", "x", .init(records: [("uid", Array("4294967296".utf8))])) },
        HostileForm(
            "owner -1", layer: "owner that Linux can't represent", copy: "owner that Linux can't represent"
        ) { tar, _ in tar.file("owned", "x", .init(records: [("uid", Array("4294967295".utf8))])) },
        HostileForm(
            "size that is not there", layer: "Truncated tar archive", copy: "Truncated tar archive", dockerd: "unexpected EOF",
            "unexpected EOF"
        ) { tar, _ in tar.file("short", "x", .init(records: [("size", Array("1099511627776".utf8))])) },
        HostileForm(
            "negative size", layer: "Tar size attribute is negative", copy: "Tar size attribute is negative", dockerd: "invalid tar header",
            "invalid tar header"
        ) { tar, _ in tar.file("short", "x", .init(records: [("size", Array("-1".utf8))])) },
        HostileForm(
            "bad checksum", layer: "Unrecognized archive format", copy: "Unrecognized archive format", dockerd: "invalid tar header",
            "invalid tar header"
        ) { tar, _ in tar.damagedHeader("file") },
    ]

    /// CAP_NET_RAW, permitted and effective, in the kernel's form of revision 2.
    static let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)

    private static func longName(_ length: Int) -> String {
        let component = String(repeating: "n", count: 200) + "/"
        let name = String(repeating: component, count: length / 201 + 1)
        return String(name.prefix(length - 1)) + "z"
    }

    static let all = paths + entries
}
