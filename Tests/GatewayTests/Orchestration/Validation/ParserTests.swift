// The small languages of the command line: signals, ports, binds, sizes, keys.
import Contracts
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct ParserTests {
    @Test(
        arguments: [
            ("80", 80, 80, PortBinding.Transport.tcp), ("80/tcp", 80, 80, .tcp), ("53/UDP", 53, 53, .udp), ("9/sctp", 9, 9, .sctp),
            ("8000-8010/tcp", 8000, 8010, .tcp), ("80/", 80, 80, .tcp), ("65535", 65535, 65535, .tcp),
        ] as [(String, UInt16, UInt16, PortBinding.Transport)])
    func ports(text: String, first: UInt16, last: UInt16, transport: PortBinding.Transport) throws {
        let port = try #require(PortSpecification(text))
        #expect(port.first == first && port.last == last && port.transport == transport)
    }

    @Test(arguments: ["", "0", "/tcp", "65536", "80-79", "80-", "-80", "80/icmp", "a", "80/tcp/udp", "1-2-3"])
    func noPorts(text: String) {
        #expect(PortSpecification(text) == nil)
    }

    @Test(arguments: [
        ("/a:/b", "/a", "/b", false, ""), ("/a/../c/:/b//d:ro", "/c", "/b/d", true, ""), ("/a:/b:rw,Z", "/a", "/b", false, ""),
        ("/a:/b:rshared,ro", "/a", "/b", true, "rshared"), ("/a:/b:cached", "/a", "/b", false, ""),
        ("/a/", "", "/a", false, ""), ("data:/b:ro,nocopy", "data", "/b", true, ""),
        ("/a:/b:", "/a", "/b", false, ""), ("data:/b:", "data", "/b", false, ""),
    ])
    func binds(text: String, source: String, destination: String, readonly: Bool, propagation: String) throws {
        let bind = try BindSpecification(text)
        #expect(bind.source == source && bind.destination == destination && bind.readonly == readonly && bind.propagation == propagation)
    }

    @Test(arguments: [
        ("/a::ro", "invalid volume specification"), ("/a:", "invalid volume specification"), ("/a::", "invalid volume specification"),
        ("data:b", "mount path must be absolute"), ("/b:ro", "invalid volume specification"), ("b", "mount path must be absolute"),
        ("/a:b", "mount path must be absolute"), ("/a:/", "destination can't be '/'"), ("/a:/b:rx", "invalid mode: rx"),
        ("/a:/b:ro,rw", "invalid mode"), ("/a:/b:shared,slave", "invalid mode"), ("/a:/b:z,Z", "invalid mode"),
        ("/a:/b:ro:x", "invalid volume"),
    ])
    func badBinds(text: String, words: String) {
        #expect { try BindSpecification(text) } throws: { ($0 as? RPCError)?.message.contains(words) == true }
    }

    @Test(arguments: [("/", "/"), ("/a/", "/a"), ("//a//b", "/a/b"), ("/a/./b/../c", "/a/c"), ("/../..", "/"), ("/a/b/../../..", "/")])
    func paths(text: String, clean: String) {
        #expect(PathText.clean(text) == clean)
    }

    @Test(
        arguments: [
            ("", [16, 17]), ("a", [97]), ("ctrl-a,ctrl-b", [1, 2]), ("ctrl-@,ctrl-_", [0, 31]), ("ctrl-[", [27]), ("x,ctrl-z", [120, 26]),
            ("DEL", [127]),
        ]
            as [(String, [UInt8])])
    func detachKeys(text: String, keys: [UInt8]) throws {
        #expect(try DetachKeys.parse(text) == keys)
    }

    @Test(arguments: ["ab", "ctrl-", "ctrl-ab", "ctrl-1", "ctrl-A,a", "a,,b", ","])
    func noDetachKeys(text: String) {
        #expect(throws: RPCError(.invalidParameter, "Invalid detach keys (\(text)) provided")) { try DetachKeys.parse(text) }
    }

    @Test(arguments: [("0", [0]), ("0-2", [0, 1, 2]), ("0,2-3", [0, 2, 3])])
    func cpuLists(text: String, cpus: [Int]) {
        #expect(CPUList.parse(text) == Set(cpus))
    }

    @Test(arguments: ["", "a", "2-1", "0-", ",", "-1", "0-999999999"])
    func noCPULists(text: String) {
        #expect(CPUList.parse(text) == nil)
    }

    @Test func environments() {
        var list = EnvironmentList(["A=1", "B=2"])
        list.fill(["B=9", "C=3", "D"])
        #expect(list.entries == ["A=1", "B=2", "C=3", "D"])
        list.override(["A=5", "B", "E=6"])
        #expect(list.entries == ["A=5", "C=3", "D", "E=6"])
        #expect(list["A"] == "5" && list["B"] == nil && !list.contains("B") && list.contains("D"))
    }
}

struct CapabilityTests {
    @Test(
        arguments: [
            ([], [], 14), (["NET_ADMIN"], [], 15), (["cap_net_admin", "chown"], [], 15), ([], ["MKNOD"], 13), (["ALL"], [], 41),
            (["ALL"], ["SYS_ADMIN"], 40),
            (["CHOWN"], ["ALL"], 1), ([], ["ALL"], 0), (["NET_RAW"], ["NET_RAW"], 14),
        ] as [([String], [String], Int)])
    func sets(add: [String], drop: [String], count: Int) {
        let set = Capabilities.resolve(add: add, drop: drop, privileged: false)
        #expect(set.count == count && Set(set).count == count)
        #expect(set.allSatisfy(Capabilities.known.contains))
    }

    @Test func privilegedHasAll() {
        #expect(Capabilities.resolve(add: [], drop: ["ALL"], privileged: true).count == Capabilities.known.count)
    }

    @Test func names() {
        #expect(Capabilities.unknown(in: ["all", "Net_Admin", "CAP_BPF", "FLY"]) == ["FLY"])
        #expect(Set(Capabilities.standard).isSubset(of: Set(Capabilities.known)))
    }
}

struct SecurityOptionTests {
    @Test func understood() throws {
        let options = try SecurityOptions(["no-new-privileges", "seccomp=unconfined", "apparmor=unconfined", "label:disable"])
        #expect(options.noNewPrivileges && options.seccomp == .unconfined)
        #expect(try SecurityOptions(["no-new-privileges:false", "seccomp={}"]).seccomp == .profile("{}"))
        #expect(try SecurityOptions([]).seccomp == nil)
    }

    @Test(arguments: [
        "no-new-privileges=maybe", "seccomp=/path", "seccomp", "nope", "writable-cgroups=true", "",
    ])
    func refused(option: String) {
        #expect { try SecurityOptions([option]) } throws: { ($0 as? RPCError)?.code == .invalidParameter }
    }
}

struct TmpfsOptionTests {
    @Test(arguments: [
        (["noexec", "exec"], ["exec"]), (["size=1m", "size=2m"], ["size=2m"]), (["shared", "rw", "rslave"], ["rw", "rslave"]),
        (["defaults", "mode=700", "nomand"], ["mode=700", "nomand"]),
    ])
    func theLastCounts(given: [String], merged: [String]) {
        #expect(given.allSatisfy(TmpfsOptions.isValid))
        #expect(TmpfsOptions.merged(given) == merged)
    }

    @Test(arguments: ["bogus", "bind", "rbind", "remount", "size=", "size", "bogus=1", ""])
    func refused(option: String) { #expect(!TmpfsOptions.isValid(option)) }
}
