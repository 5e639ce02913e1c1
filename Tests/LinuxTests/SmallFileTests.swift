// Small files and directories.
import Glibc
import Linux
import Testing

@Suite struct SmallFileTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/berth-linux-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { _ = try? removeTree(path) }
        try body(path)
    }

    private func removeTree(_ path: String) throws {
        for entry in try Directory.list(path) {
            if entry.isDirectory { try removeTree("\(path)/\(entry.name)") } else { unlink("\(path)/\(entry.name)") }
        }
        rmdir(path)
    }

    @Test func readsFilesThatSayTheyAreEmpty() throws {
        #expect(try SmallFile.text("/proc/sys/kernel/ostype") == "Linux")
        #expect(try SmallFile.read("/proc/self/status").count > 100)
    }

    @Test func refusesWhatIsTooLong() throws {
        #expect(throws: Errno(code: EFBIG, call: "read /proc/self/status")) { try SmallFile.read("/proc/self/status", limit: 10) }
    }

    @Test func writesOnlyToWhatIsThere() throws {
        try withDirectory { path in
            #expect(throws: Errno(code: ENOENT, call: "open \(path)/file")) { try SmallFile.write("x", to: "\(path)/file") }
            close(open("\(path)/file", O_CREAT | O_WRONLY, 0o600))
            try SmallFile.write("a line \n", to: "\(path)/file")
            #expect(try SmallFile.read("\(path)/file") == Array("a line \n".utf8))
            #expect(try SmallFile.text("\(path)/file") == "a line")
        }
    }

    @Test func makesAllThatIsMissing() throws {
        try withDirectory { path in
            try Directory.makeAll("\(path)/a/b/c")
            try Directory.makeAll("\(path)/a/b/c")
            symlink("/", "\(path)/a/link")
            let entries = try Directory.list("\(path)/a").sorted { $0.name < $1.name }
            #expect(entries.map(\.name) == ["b", "link"])
            #expect(entries.map(\.isDirectory) == [true, false])
            #expect(throws: Errno.self) { try Directory.makeAll("/proc/nothing/here") }
        }
    }

    @Test(arguments: [("/a/b", "/a"), ("/a/b/", "/a"), ("/a", "/"), ("a/b", "a")])
    func findsParents(_ path: String, _ parent: String) {
        #expect(Directory.parent(of: path) == parent)
    }

    @Test func hasNoParent() {
        #expect(Directory.parent(of: "/") == nil)
        #expect(Directory.parent(of: "a") == nil)
    }
}
