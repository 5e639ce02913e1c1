// Places below a root, in trees full of links.
import CLinux
import Glibc
import Linux
@testable import ShimServer
import TestSupport
import Testing

@Suite struct ContainerPathTests {
    /// Makes a tree with hostile links, and tells where a place was found or made, as a path below the root.
    private func place(_ path: String, isDirectory: Bool = true) throws -> String {
        var template = Array("/tmp/berth-path-XXXXXX".utf8CString)
        let top = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { _ = try? Command("/bin/rm", ["-rf", top]).runBlocking() }
        let tree = "\(top)/root"
        for directory in ["\(tree)/real/inner", "\(tree)/etc"] { try Directory.makeAll(directory) }
        close(open("\(tree)/etc/file", O_CREAT | O_WRONLY, 0o600))
        for (target, link) in [
            ("/real", "absolute"), ("../../../..", "up"), ("real/inner", "relative"), ("/not/there", "dangling"), ("loop", "loop"),
            ("../run/resolv.conf", "etc/resolv.conf"), ("/proc/self/root", "magic"),
        ] { symlink(target, "\(tree)/\(link)") }
        let root = OwnedDescriptor(taking: try Errno.check(clinux_open_path(tree), "open"))
        let found = try ContainerPath(root: root.raw).place(path, isDirectory: isDirectory)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = clinux_read_link(AT_FDCWD, "/proc/self/fd/\(found.raw)", &buffer, buffer.count)
        let real = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        try #require(real.hasPrefix(tree))
        var file = clinux_file()
        clinux_stat_descriptor(found.raw, &file)
        #expect((file.kind == Int32(CLINUX_KIND_DIRECTORY)) == isDirectory)
        return String(real.dropFirst(tree.count))
    }

    @Test(arguments: [
        ("/real", "/real"), ("/absolute/inner", "/real/inner"), ("/up", ""), ("/up/real", "/real"), ("/relative/../x", "/real/x"),
        ("/new/deep/er", "/new/deep/er"), ("/dangling", "/not/there"), ("/dangling/below", "/not/there/below"),
        ("/up/up/../new", "/new"), ("/real/./new", "/real/new"),
    ])
    func staysInside(_ path: String, _ expected: String) throws {
        #expect(try place(path) == expected)
    }

    @Test(arguments: [("/etc/file", "/etc/file"), ("/etc/new", "/etc/new"), ("/etc/resolv.conf", "/run/resolv.conf"), ("/a/b/c", "/a/b/c")])
    func makesFiles(_ path: String, _ expected: String) throws {
        #expect(try place(path, isDirectory: false) == expected)
    }

    @Test func refusesEndlessLinks() {
        #expect(throws: Errno.self) { try place("/loop/x") }
        #expect(throws: Errno.self) { try place("/etc/file/below") }
    }
}
