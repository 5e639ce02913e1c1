// hosts and resolv.conf as containers find them.
import Contracts
import Glibc
import RPC
import Testing

@testable import NetworkServer

struct SandboxFilesTests {
    @Test func thePathSaysTheContainersIDAsDockersDoes() {
        let files = SandboxFiles(layout: EngineLayout(root: "/not-there", run: "/not-there"), containerID: "c1")
        #expect(files.hostname == "/not-there/network/docker/containers/c1/hostname")
    }

    @Test func whatAnEarlierVersionMadeStaysInItsPlace() throws {
        let root = "/tmp/berth-files-\(UInt64.random(in: 0 ... .max))"
        let layout = EngineLayout(root: root, run: root)
        try Directories.make("\(layout.networkState)/files/c1", mode: 0o711)
        let files = SandboxFiles(layout: layout, containerID: "c1")
        #expect(files.hosts == "\(root)/network/files/c1/hosts")
        try files.remove()
        #expect(SandboxFiles(layout: layout, containerID: "c1").hosts == "\(root)/network/docker/containers/c1/hosts")
        for directory in ["/network/files", "/network", ""] { rmdir(root + directory) }
    }

    @Test(arguments: [
        ("web", "", "10.213.0.2\tweb\n"), ("web", "example.org", "10.213.0.2\tweb.example.org web\n"),
        ("web.example.org", "", "10.213.0.2\tweb.example.org web\n"), ("", "", ""),
    ])
    func hostsNamesTheContainer(hostname: String, domainname: String, line: String) {
        let text = HostsFile.text(
            extraHosts: [.init(address: "10.0.0.9", names: "db")], addresses: ["10.213.0.2"], hostname: hostname, domainname: domainname)
        #expect(
            text == """
                127.0.0.1\tlocalhost
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::\tip6-localnet
                ff00::\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters
                10.0.0.9\tdb

                """ + line)
    }

    @Test func hostModeKeepsTheHostsFile() {
        let host = "127.0.0.1 localhost\n10.0.0.1 me"
        #expect(HostsFile.text(ofHost: host, extraHosts: []) == host)
        #expect(HostsFile.text(ofHost: host, extraHosts: [.init(address: "1.2.3.4", names: "x")]) == host + "\n1.2.3.4\tx\n")
    }

    @Test(arguments: [
        ("db:10.0.0.9", "10.0.0.9", "db"), ("db=10.0.0.9", "10.0.0.9", "db"), ("six:fd00::1", "fd00::1", "six"),
        ("six:[fd00::1]", "fd00::1", "six"), ("gate:host-gateway", "10.213.0.1", "gate"),
    ])
    func extraHosts(text: String, address: String, name: String) throws {
        let gateway = try #require(IPAddress("10.213.0.1"))
        let entries = try HostsFile.Entry.entries(ofExtraHost: text, gateways: [gateway])
        #expect(entries == [.init(address: address, names: name)])
    }

    @Test func theHostHasALineForEachFamily() throws {
        let gateways = ["10.213.0.1", "fd00::1"].compactMap { IPAddress($0) }
        let entries = try HostsFile.Entry.entries(ofExtraHost: "gate:host-gateway", gateways: gateways)
        #expect(entries.map(\.address) == ["10.213.0.1", "fd00::1"] && entries.allSatisfy { $0.names == "gate" })
    }

    @Test(arguments: ["", "db", ":10.0.0.9", "db:", "db:nowhere", "d b:10.0.0.9", "db:10.0.0.9\nx"])
    func extraHostsRefused(text: String) {
        #expect(throws: RPCError.self) { _ = try HostsFile.Entry.entries(ofExtraHost: text, gateways: []) }
    }

    @Test func hostGatewayNeedsABridge() {
        #expect(throws: RPCError.self) { _ = try HostsFile.Entry.entries(ofExtraHost: "x:host-gateway", gateways: []) }
    }

    struct Case: Sendable {
        var host: String
        var resolved: String?
        var overrides = ResolvConf.Overrides()
        var hasIPv6 = false
        var lines: [String]
    }

    @Test(arguments: [
        Case(
            host: "nameserver 10.0.0.53\nsearch a.example b.example\noptions ndots:2 rotate\n",
            lines: ["nameserver 10.0.0.53", "search a.example b.example", "options ndots:2 rotate"]),
        Case(host: "# c\n; d\nnameserver 127.0.0.1\nnameserver ::1\nnameserver 9.9.9.9", lines: ["nameserver 9.9.9.9"]),
        Case(host: "nameserver 127.0.0.1", lines: ["nameserver 8.8.8.8", "nameserver 8.8.4.4"]),
        Case(host: "nameserver fd00::53", lines: ["nameserver 8.8.8.8", "nameserver 8.8.4.4"]),
        Case(
            host: "nameserver fd00::53\nnameserver ::1\nnameserver 10.0.0.53", hasIPv6: true,
            lines: ["nameserver fd00::53", "nameserver 10.0.0.53"]),
        Case(
            host: "nameserver ::1", hasIPv6: true,
            lines: ["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"].map { "nameserver \($0)" }),
        Case(host: "", lines: ["nameserver 8.8.8.8", "nameserver 8.8.4.4"]),
        Case(
            host: "nameserver 127.0.0.53\noptions edns0\n", resolved: "nameserver 10.1.1.1\nsearch corp\n",
            lines: ["nameserver 10.1.1.1", "search corp"]),
        Case(host: "nameserver 127.0.0.53\nnameserver 10.2.2.2", resolved: "nameserver 10.1.1.1", lines: ["nameserver 10.2.2.2"]),
        Case(
            host: "domain corp\nsortlist 10.0.0.0/8\nnameserver 10.0.0.53",
            lines: ["nameserver 10.0.0.53", "search corp", "sortlist 10.0.0.0/8"]),
        Case(
            host: "nameserver 10.0.0.53\nsearch a\noptions rotate",
            overrides: .init(nameservers: ["127.0.0.1"], search: ["b", "c"], options: ["ndots:0"]),
            lines: ["nameserver 127.0.0.1", "search b c", "options ndots:0"]),
        Case(host: "nameserver 10.0.0.53\nsearch a", overrides: .init(search: ["."]), lines: ["nameserver 10.0.0.53"]),
    ])
    func resolvConfOnABridge(_ row: Case) {
        let text = ResolvConf.bridged(host: row.host, resolved: row.resolved, overrides: row.overrides, hasIPv6: row.hasIPv6)
        #expect(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) == row.lines)
    }

    @Test func resolvConfOfTheHostStaysAsItIs() {
        let host = "# mine\nnameserver 127.0.0.53\n"
        #expect(ResolvConf.shared(host: host, overrides: .init()) == host)
        #expect(ResolvConf.shared(host: host, overrides: .init(search: ["x"])).contains("nameserver 127.0.0.53\nsearch x\n"))
    }
}
