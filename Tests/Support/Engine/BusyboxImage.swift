// A small root filesystem made of the host's static busybox, as a tar.
import Foundation

/// What the tests' first image is made of: every applet, a few accounts, and a page for a web server.
public enum BusyboxImage {
    public static let program = "/bin/busybox"
    /// What the image's web root answers.
    public static let page = "hello from busybox\n"

    /// The tar of the root filesystem. Throws when busybox-static isn't installed.
    public static func archive() async throws -> [UInt8] {
        let binary = try Data(contentsOf: URL(filePath: program))
        let applets = try await Command(program, ["--list-full"]).run().text.split(separator: "\n").map(String.init)
        var tar = TarArchive()
        for directory in ["bin", "dev", "etc", "home", "mnt", "proc", "root", "sbin", "sys", "usr", "usr/bin", "usr/sbin", "var", "www"] {
            tar.directory(directory)
        }
        tar.directory("tmp", mode: 0o1777)
        tar.file("bin/busybox", Array(binary), mode: 0o755)
        for applet in applets where applet != "bin/busybox" && applet.contains("bin/") {
            tar.hardLink(applet, to: "bin/busybox")
        }
        tar.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
        tar.file("etc/group", "root:x:0:\nuser:x:1000:\nextra:x:1001:user\nnogroup:x:65534:\n")
        tar.file("www/index.html", page)
        return tar.finished()
    }
}
