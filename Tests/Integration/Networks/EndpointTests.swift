// What a container asks of one network: addresses, names of interfaces, settings, the way out.
import Testing
import TestSupport

extension Integration {
    @Suite struct Endpoints {
        @Test(arguments: NetworkFamily.allCases)
        func staticAddresses(family: NetworkFamily) async throws {
            let name = "fix\(family.rawValue)"
            try await Families.with(name, family.options(6)) { engine in
                let asked = (family.hasV4 ? ["--ip", "10.193.6.77"] : []) + (family.hasV6 ? ["--ip6", "fd93:6::77"] : [])
                let more = ["--mac-address", "02:11:22:33:44:55", "--link-local-ip", "169.254.7.7", "--link-local-ip", "fe80::7:7"]
                try await PeerServer.start("\(name)-a", ["--network", name] + asked + more, engine)
                for _ in 0..<2 {
                    let shown = try await engine.dockerOutput(
                        "exec", "\(name)-a", "sh", "-c", "ip address show eth0; cat /sys/class/net/eth0/address")
                    for text in (family.hasV4 ? ["10.193.6.77/24"] : []) + (family.hasV6 ? ["fd93:6::77/64", "fe80::7:7/64"] : []) {
                        #expect(shown.contains(text), "\(shown)")
                    }
                    #expect(shown.contains("169.254.7.7/16") && shown.hasSuffix("02:11:22:33:44:55"), "\(shown)")
                    try await engine.dockerOutput("restart", "-t", "0", "\(name)-a")
                }
                let flags = family.hasV4 ? ["--ip", "10.193.6.77"] : ["--ip6", "fd93:6::77"]
                let taken = try await engine.docker(["run", "--rm", "--network", name] + flags + ["busybox", "true"])
                #expect(taken.code == 125 && taken.errorText.contains("Address already in use"), "\(taken)")
            }
        }

        @Test(arguments: NetworkFamily.allCases)
        func severalNetworks(family: NetworkFamily) async throws {
            let name = "prio\(family.rawValue)"
            try await Families.with(name, family.options(7)) { engine in
                let second = "\(name)2"
                let made = try await engine.docker(["network", "create"] + family.options(8) + [second])
                #expect(made.code == 0, "\(made)")
                let options = "name=\(name),\"driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1\""
                try await engine.dockerOutput(
                    "run", "-d", "--name", "\(name)-a", "--network", options + ",driver-opt=com.docker.network.endpoint.ifname=front0",
                    "busybox", "sleep", "600")
                try await engine.dockerOutput("network", "connect", "--gw-priority", "5", second, "\(name)-a")
                let script =
                    "cat /proc/sys/net/ipv4/conf/front0/log_martians; ls /sys/class/net; ip route show default; ip -6 route show default"
                let shown = try await engine.dockerOutput("exec", "\(name)-a", "sh", "-c", script)
                #expect(shown.hasPrefix("1\n") && shown.contains("front0\n"), "\(shown)")
                let ways = (family.hasV4 ? ["default via 10.193.8.1"] : []) + (family.hasV6 ? ["default via fd93:8::1"] : [])
                for way in ways { #expect(shown.contains(way), "\(shown)") }
                try await engine.dockerOutput("network", "disconnect", second, "\(name)-a")
                let left = try await engine.dockerOutput("exec", "\(name)-a", "sh", "-c", script)
                #expect(left.contains(family.hasV4 ? "default via 10.193.7.1" : "default via fd93:7::1"), "\(left)")
                try await engine.dockerOutput("network", "rm", second)
            }
        }

        @Test func events() async throws {
            try await Families.with("evt", []) { engine in
                try await engine.dockerOutput("run", "-d", "--name", "evt-a", "busybox", "sleep", "600")
                let id = try await engine.dockerOutput("inspect", "-f", "{{.Id}}", "evt-a")
                try await engine.dockerOutput("network", "connect", "evt", "evt-a")
                try await engine.dockerOutput("network", "disconnect", "evt", "evt-a")
                let now = try await engine.dockerOutput("info", "-f", "{{.SystemTime}}")
                let events = try await engine.dockerOutput(
                    "events", "--since", "0", "--until", now, "-f", "type=network", "-f", "network=evt", "--format",
                    "{{.Action}} {{index .Actor.Attributes \"container\"}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}")
                #expect(events.hasSuffix("connect \(id) evt bridge\ndisconnect \(id) evt bridge"), "\(events)")
                try await engine.dockerOutput("rm", "-f", "evt-a")
            }
        }

        /// Environment, hosts file and address of a linked container, and the file after that has a new address.
        @Test func linksOfTheDefaultNetwork() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "link-db", "--hostname", "dbhost", "--expose", "5432", "-e", "MODE=fast", "busybox", "sleep", "600")
            let address = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "link-db")
            try await engine.dockerOutput("run", "-d", "--name", "link-web", "--link", "link-db:my-db", "busybox", "sleep", "600")
            let shown = try await engine.dockerOutput(
                "exec", "link-web", "sh", "-c", "env; cat /etc/hosts; ping -c 1 -W 5 my-db >/dev/null && echo there")
            for text in [
                "MY_DB_PORT=tcp://\(address):5432", "MY_DB_PORT_5432_TCP_ADDR=\(address)", "MY_DB_NAME=/link-web/my-db",
                "MY_DB_ENV_MODE=fast",
                "\(address)\tmy-db dbhost link-db", "there",
            ] { #expect(shown.contains(text), "\(shown)") }
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.Links}}", "link-web") == "[/link-db:/link-web/my-db]")
            try await engine.dockerOutput("stop", "-t", "0", "link-db")
            try await engine.dockerOutput("run", "-d", "--name", "link-squatter", "busybox", "sleep", "600")
            try await engine.dockerOutput("start", "link-db")
            let next = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "link-db")
            #expect(try await engine.dockerOutput("exec", "link-web", "grep", "my-db", "/etc/hosts") == "\(next)\tmy-db dbhost link-db")
            try await engine.dockerOutput("stop", "-t", "0", "link-db", "link-web")
            let refused = try await engine.docker(["start", "link-web"])
            #expect(refused.errorText.contains("Cannot link to a non running container: /link-db AS /link-web/my-db"), "\(refused)")
            try await engine.dockerOutput("rm", "-f", "link-db", "link-web", "link-squatter")
        }

        static let table: [Expectation] = [
            Expectation(
                arguments: ["create", "--link", "nobody", "busybox", "true"], code: 1, errors: "could not get container for nobody"),
            Expectation(
                arguments: ["create", "--network", "host", "--link", "a", "busybox", "true"], code: 1,
                errors: "conflicting options: host type networking can't be used with links"),
            Expectation(
                arguments: ["network", "create", "-d", "macvlan", "-o", "parent=nowhere", "x"], code: 1,
                errors: "invalid subinterface vlan name nowhere, example formatting is eth0.10"),
            Expectation(
                arguments: ["network", "create", "-d", "ipvlan", "-o", "ipvlan_mode=l9", "x"], code: 1,
                errors: "requested ipvlan mode 'l9' is not valid"),
        ]

        @Test(arguments: table)
        func refusals(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }
    }
}
