// Names of containers, as programs in containers look them up.
import Testing
import TestSupport

extension Integration {
    @Suite struct Names {
        private func lookUp(_ engine: EngineUnderTest, _ container: String, _ name: String, _ type: String) async throws -> String {
            try await engine.docker(["exec", container, "busybox", "nslookup", "-type=\(type)", name]).text
        }

        /// By name, alias, link, short ID, hostname, and any of them with the network's name after it; and back from each address.
        @Test(arguments: NetworkFamily.allCases)
        func containersFindEachOther(family: NetworkFamily) async throws {
            let name = "nm\(family.rawValue)"
            try await Families.with(name, family.options(11)) { engine in
                let web = ["--name", "\(name)-web", "--hostname", "front", "--network", name, "--network-alias", "www"]
                let id = try await engine.docker(["run", "-d"] + web + ["busybox", "sleep", "600"]).line
                try await engine.dockerOutput(
                    "run", "-d", "--name", "\(name)-client", "--network", name, "--link", "\(name)-web:shop", "busybox", "sleep", "600")
                let (v4, v6) = try await Families.addresses("\(name)-web", engine)
                let names = ["\(name)-web", "www", "shop", String(id.prefix(12)), "front"]
                for wanted in names + names.map({ "\($0).\(name)" }) where !wanted.hasPrefix("shop.") {
                    for (type, address) in [("a", v4), ("aaaa", v6)] {
                        let answer = try await lookUp(engine, "\(name)-client", wanted, type)
                        // A name that has no such address is there all the same.
                        #expect(!answer.contains("NXDOMAIN"), "\(wanted) \(type): \(answer)")
                        if let address { #expect(answer.contains("Address: \(address)"), "\(wanted) \(type): \(answer)") }
                    }
                }
                for address in [v4, v6].compactMap({ $0 }) {
                    let answer = try await engine.docker(["exec", "\(name)-client", "busybox", "nslookup", address]).text
                    #expect(answer.contains("name = \(name)-web.\(name)"), "\(answer)")
                }
                let ping = try await engine.docker(["exec", "\(name)-client", "ping", "-c", "1", "-W", "5", "www"])
                #expect(ping.code == 0, "\(ping)")
            }
        }

        /// Files of a container: its own names at each of its addresses, with networks that come and go; and what was edited stays.
        @Test(arguments: NetworkFamily.allCases)
        func filesFollowTheNetworks(family: NetworkFamily) async throws {
            let name = "fl\(family.rawValue)"
            try await Families.with(name, family.options(12)) { engine in
                try await engine.dockerOutput(
                    "run", "-d", "--name", "\(name)-a", "--hostname", "here", "--add-host", "far:192.0.2.9", "--add-host",
                    "gate:host-gateway", "busybox", "sleep", "600")
                let before = try await engine.dockerOutput("exec", "\(name)-a", "cat", "/etc/hosts")
                for text in ["127.0.0.1\tlocalhost", "192.0.2.9\tfar", "\(engine.bridgeAddress)\tgate", "\there"] {
                    #expect(before.contains(text), "\(before)")
                }
                #expect(!(try await engine.dockerOutput("exec", "\(name)-a", "cat", "/etc/resolv.conf")).contains("127.0.0.11"))
                try await engine.dockerOutput("network", "connect", name, "\(name)-a")
                let (v4, v6) = try await networkAddresses(name, "\(name)-a", engine)
                let during = try await engine.dockerOutput("exec", "\(name)-a", "cat", "/etc/hosts", "/etc/resolv.conf")
                for address in [v4, v6].compactMap({ $0 }) { #expect(during.contains("\(address)\there"), "\(during)") }
                #expect(during.contains("nameserver 127.0.0.11"), "\(during)")
                let edit = "echo 192.0.2.8 mine >>/etc/hosts; echo '# mine' >>/etc/resolv.conf"
                try await engine.dockerOutput("exec", "\(name)-a", "sh", "-c", edit)
                try await engine.dockerOutput("network", "disconnect", name, "\(name)-a")
                let after = try await engine.dockerOutput("exec", "\(name)-a", "cat", "/etc/hosts", "/etc/resolv.conf")
                for address in [v4, v6].compactMap({ $0 }) { #expect(!after.contains(address), "\(after)") }
                #expect(after.contains("192.0.2.8 mine") && after.contains("# mine"), "\(after)")
            }
        }

        private func networkAddresses(
            _ network: String, _ container: String, _ engine: EngineUnderTest
        ) async throws -> (v4: String?, v6: String?) {
            let format = "{{with index .NetworkSettings.Networks \"\(network)\"}}{{.IPAddress}}|{{.GlobalIPv6Address}}{{end}}"
            let words = try await engine.dockerOutput("inspect", "-f", format, container)
                .split(separator: "|", omittingEmptySubsequences: false).map { $0.isEmpty || $0 == "invalid" ? nil : String($0) }
            return (words.first ?? nil, words.count > 1 ? words[1] : nil)
        }

        /// What `--dns`, `--dns-search` and `--dns-opt` say is in the file, and asked.
        @Test func serversOfAContainersOwn() async throws {
            try await Families.with("own", []) { engine in
                let flags = ["--dns", "192.0.2.53", "--dns-search", "corp.example", "--dns-opt", "ndots:3"]
                let shows = ["busybox", "cat", "/etc/resolv.conf"]
                let plain = try await engine.docker(["run", "--rm"] + flags + shows).text
                let named = try await engine.docker(["run", "--rm", "--network", "own"] + flags + shows).text
                for (text, server) in [(plain, "192.0.2.53"), (named, "127.0.0.11")] {
                    for line in ["nameserver \(server)", "search corp.example", "options ndots:3"] {
                        #expect(text.contains(line), "\(text)")
                    }
                }
            }
        }
    }
}
