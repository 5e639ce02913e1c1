// The options of bridge networks, seen from containers and from a neighbour.
import Testing
import TestSupport

extension Integration {
    @Suite struct Modes {
        private static let key = "com.docker.network.bridge."

        /// An own port of the neighbour's that tells who calls, for as long as `body` runs.
        private func withServer<R>(at neighbour: Neighbour, _ body: () async throws -> R) async throws -> R {
            let script = """
                d=$(mktemp -d); mkdir $d/cgi-bin; printf '#!/bin/sh\\necho; echo $REMOTE_ADDR\\n' >$d/cgi-bin/peer; chmod +x $d/cgi-bin/peer
                echo $d; cd $d; exec /bin/busybox httpd -f -p 80 -h $d >/dev/null 2>&1
                """
            let serving = Task { try await neighbour.run(["timeout", "60", "sh", "-c", script]) }
            try await eventually("the neighbour's server") {
                try await neighbour.page("http://127.0.0.1\(PeerServer.path)") == nil ? nil : true
            }
            defer { serving.cancel() }
            let result = try await body()
            _ = try await neighbour.run(["sh", "-c", "for p in $(ip netns pids \(neighbour.name)); do kill $p; done"])
            return result
        }

        private func subnets(_ family: NetworkFamily, _ name: String, _ engine: EngineUnderTest) async throws -> [(String, Bool)] {
            let (v4, v6) = try await Families.addresses(name, engine)
            return [v4.map { ($0, false) }, v6.map { ("[\($0)]", true) }].compactMap { $0 }
        }

        @Test(arguments: NetworkFamily.allCases)
        func internalNetworksAreCutOff(family: NetworkFamily) async throws {
            let name = "int\(family.rawValue)"
            try await Families.with(name, ["--internal"] + family.options(2)) { engine in
                try await Neighbour.with { neighbour in
                    try await PeerServer.start("\(name)-a", ["--network", name, "-p", "80"], engine)
                    try await PeerServer.start("\(name)-b", ["--network", name], engine)
                    let routes = try await engine.dockerOutput(
                        "exec", "\(name)-a", "sh", "-c", "ip route | grep default; ip -6 route | grep default; true")
                    #expect(routes.isEmpty, "\(routes)")
                    #expect(try await engine.dockerOutput("port", "\(name)-a").isEmpty)
                    for (address, _) in try await subnets(family, "\(name)-a", engine) {
                        let url = "http://\(address)\(PeerServer.path)"
                        #expect(try await WebClient.page(url, from: "\(name)-b", engine) != nil)
                        #expect(try await neighbour.page(url, seconds: 1) == nil)
                    }
                    let out = try await engine.docker(["exec", "\(name)-a", "ping", "-c", "1", "-W", "1", neighbour.ownV4])
                    #expect(out.code != 0)
                }
            }
        }

        @Test(arguments: NetworkFamily.allCases)
        func containersApart(family: NetworkFamily) async throws {
            let name = "icc\(family.rawValue)"
            try await Families.with(name, ["-o", "\(Self.key)enable_icc=false"] + family.options(3)) { engine in
                try await PeerServer.start("\(name)-a", ["--network", name], engine)
                try await PeerServer.start("\(name)-b", ["--network", name], engine)
                for (address, _) in try await subnets(family, "\(name)-a", engine) {
                    #expect(try await WebClient.page("http://\(address)\(PeerServer.path)", from: "\(name)-b", engine, seconds: 1) == nil)
                    #expect(try await WebClient.page("http://\(address)\(PeerServer.path)") != nil)
                }
            }
        }

        /// Under the host's address, under the one that the network names, and under the container's own.
        @Test(arguments: NetworkFamily.allCases, ["", "masquerade", "source"])
        func addressesOutside(family: NetworkFamily, option: String) async throws {
            let name = "out\(family.rawValue)\(option)"
            try await Neighbour.with { neighbour in
                let other = "198.18.\(neighbour.hostV4.split(separator: ".")[2]).77"
                let options =
                    switch option {
                    case "masquerade": ["-o", "\(Self.key)enable_ip_masquerade=false"]
                    case "source": ["-o", "com.docker.network.host_ipv4=\(other)"]
                    default: [String]()
                    }
                _ = try await Command("/usr/sbin/ip", ["address", "add", "\(other)/24", "dev", neighbour.cable]).run()
                try await Families.with(name, options + family.options(4)) { engine in
                    try await PeerServer.start("\(name)-a", ["--network", name], engine)
                    let (v4, v6) = try await Families.addresses("\(name)-a", engine)
                    try await withServer(at: neighbour) {
                        for (address, own, host) in [
                            (neighbour.ownV4, v4, neighbour.hostV4), ("[\(neighbour.ownV6)]", v6, neighbour.hostV6),
                        ] {
                            guard let own else { continue }
                            let seen = try await WebClient.page("http://\(address)\(PeerServer.path)", from: "\(name)-a", engine)
                            let source = option == "source" && !address.hasPrefix("[") ? other : host
                            #expect(seen?.contains(option == "masquerade" ? own : source) == true, "\(seen ?? "nothing") \(own)")
                        }
                    }
                }
            }
        }

        /// Published ports at the container's own address only; all ports; none.
        @Test(arguments: NetworkFamily.allCases, ["routed", "nat-unprotected", "isolated"])
        func gatewayModes(family: NetworkFamily, mode: String) async throws {
            let name = "gw\(family.rawValue)\(mode.prefix(3))"
            let options = ["-o", "\(Self.key)gateway_mode_ipv4=\(mode)", "-o", "\(Self.key)gateway_mode_ipv6=\(mode)"]
            try await Families.with(name, options + (mode == "isolated" ? ["--internal"] : []) + family.options(5)) { engine in
                try await Neighbour.with { neighbour in
                    let port = try TCPProbe.freePort()
                    try await PeerServer.start("\(name)-a", ["--network", name, "-p", "\(port):80"], engine)
                    try await PeerServer.start("\(name)-b", ["--network", name], engine)
                    for (container, isPublished) in [("\(name)-a", true), ("\(name)-b", false)] {
                        for (address, _) in try await subnets(family, container, engine) {
                            let url = "http://\(address)\(PeerServer.path)"
                            let isReached = mode == "nat-unprotected" || mode == "routed" && isPublished
                            let seen = try await neighbour.page(url, seconds: isReached ? 5 : 1)
                            #expect((seen != nil) == isReached, "\(url)")
                            #expect((try await WebClient.page(url, seconds: mode == "isolated" ? 1 : 5) != nil) == (mode != "isolated"))
                        }
                    }
                    if family.hasV4 {
                        let seen = try await neighbour.page("http://\(neighbour.hostV4):\(port)\(PeerServer.path)", seconds: 1)
                        #expect((seen != nil) == (mode == "nat-unprotected"))
                    }
                    if mode == "isolated" {
                        let gateways = try await engine.dockerOutput(
                            "network", "inspect", "-f", "{{range .IPAM.Config}}{{.Gateway}}{{end}}", name)
                        #expect(gateways.isEmpty)
                    }
                }
            }
        }

        @Test func bindingOfTheNetwork() async throws {
            try await Families.with("bound", ["-o", "\(Self.key)host_binding_ipv4=127.0.0.1"]) { engine in
                try await Neighbour.with { neighbour in
                    let port = try TCPProbe.freePort()
                    try await PeerServer.start("bound-a", ["--network", "bound", "-p", "\(port):80"], engine)
                    #expect(try await engine.dockerOutput("port", "bound-a") == "80/tcp -> 127.0.0.1:\(port)")
                    #expect(try await WebClient.page("http://127.0.0.1:\(port)/") == "hello from busybox")
                    #expect(try await neighbour.page("http://\(neighbour.hostV4):\(port)/", seconds: 1) == nil)
                }
            }
        }
    }
}
