// resolv.conf where the engine's resolver answers.
import Testing

@testable import NetworkServer

struct ResolverFileTests {
    @Test(arguments: [
        (
            "nameserver 10.0.0.53\nsearch a b\noptions edns0 rotate\n",
            ["nameserver 127.0.0.11", "search a b", "options edns0 rotate ndots:0"]
        ),
        ("nameserver 127.0.0.53\noptions ndots:2", ["nameserver 127.0.0.11", "options ndots:2"]),
        ("options ndots:x", ["nameserver 127.0.0.11", "options ndots:0"]),
        ("", ["nameserver 127.0.0.11", "options ndots:0"]),
    ])
    func embedded(host: String, lines: [String]) {
        let settings = ResolvConf.embedded(host: host, resolved: nil, overrides: .init())
        #expect(settings.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) == lines)
        #expect(settings.keepsShortNames == lines.contains("options ndots:2"))
    }

    @Test func theUsersSearchAndOptionsStand() {
        let settings = ResolvConf.embedded(
            host: "nameserver 10.0.0.53\nsearch a\noptions rotate", resolved: nil,
            overrides: .init(nameservers: ["9.9.9.9"], search: ["corp"], options: ["ndots:3"]))
        #expect(settings.nameservers == ["127.0.0.11"] && settings.search == ["corp"] && settings.options == ["ndots:3"])
        #expect(settings.keepsShortNames)
    }

    @Test func serversOfTheHost() {
        #expect(
            ResolvConf.servers(host: "nameserver 10.0.0.53\nnameserver 127.0.0.1", resolved: "nameserver 1.1.1.1").map(\.description)
                == ["10.0.0.53", "127.0.0.1"])
        #expect(ResolvConf.servers(host: "nameserver 127.0.0.53", resolved: "nameserver 1.1.1.1").map(\.description) == ["1.1.1.1"])
        #expect(ResolvConf.servers(host: "nameserver 127.0.0.53", resolved: nil).map(\.description) == ["127.0.0.53"])
    }
}
