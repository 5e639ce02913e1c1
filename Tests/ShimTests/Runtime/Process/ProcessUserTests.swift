// Who a process runs as.
@testable import ShimServer
import Testing

@Suite struct ProcessUserTests {
    private let files = AccountFiles(
        passwd: Array(
            """
            # a comment
            root:x:0:0:root:/root:/bin/sh
            web:x:33:33:www:/var/www:/bin/sh
            nohome:x:34:33
            broken line
            app:x:1000:1001::/home/app:/bin/sh

            """.utf8),
        group: Array("root:x:0:\nwww:x:33:\nwheel:x:10:root,app\napp:x:1001:app\ndisk:x:6:app,web\nodd:x:nan:app".utf8))

    @Test(arguments: [
        ("", ProcessUser(uid: 0, gid: 0, groups: [0, 10], home: "/root")),
        ("root", ProcessUser(uid: 0, gid: 0, groups: [0, 10], home: "/root")),
        ("app", ProcessUser(uid: 1000, gid: 1001, groups: [1001, 10, 6], home: "/home/app")),
        ("1000", ProcessUser(uid: 1000, gid: 1001, groups: [1001, 10, 6], home: "/home/app")),
        ("app:disk", ProcessUser(uid: 1000, gid: 6, groups: [6], home: "/home/app")),
        ("app:77", ProcessUser(uid: 1000, gid: 77, groups: [77], home: "/home/app")),
        ("app:", ProcessUser(uid: 1000, gid: 1001, groups: [1001, 10, 6], home: "/home/app")),
        ("4711", ProcessUser(uid: 4711, gid: 0, groups: [0], home: "/")),
        ("4711:4712", ProcessUser(uid: 4711, gid: 4712, groups: [4712], home: "/")),
        ("nohome", ProcessUser(uid: 34, gid: 33, groups: [33], home: "/")),
    ])
    func resolves(_ specification: String, _ user: ProcessUser) throws {
        #expect(try ProcessUser.resolve(specification, additionalGroups: [], in: files) == user)
    }

    @Test func addsGroupsOnce() throws {
        let user = try ProcessUser.resolve("app", additionalGroups: ["www", "10", "99"], in: files)
        #expect(user.groups == [1001, 10, 6, 33, 99])
    }

    @Test(arguments: [
        ("nosuch", [], "unable to find user nosuch: no matching entries in passwd file"),
        ("app:nosuch", [], "unable to find group nosuch: no matching entries in group file"),
        ("app", ["nosuch"], "unable to find group nosuch: no matching entries in group file"),
        ("-1", [], "uids and gids must be in range 0-2147483647"),
        ("4294967295", [], "uids and gids must be in range 0-2147483647"),
        ("99999999999999999999", [], "unable to find user 99999999999999999999: no matching entries in passwd file"),
    ])
    func refuses(_ specification: String, _ groups: [String], _ words: String) {
        #expect(throws: ProcessUser.Failure(message: words)) {
            try ProcessUser.resolve(specification, additionalGroups: groups, in: files)
        }
    }

    @Test func isRootWithoutFiles() throws {
        let user = try ProcessUser.resolve("", additionalGroups: [], in: AccountFiles(passwd: [], group: []))
        #expect(user == ProcessUser(uid: 0, gid: 0, groups: [0], home: "/"))
    }
}
