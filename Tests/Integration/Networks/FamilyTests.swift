// Containers on networks of IPv4, of both families, and of IPv6 alone: who reaches them, and what they reach.
import Testing
import TestSupport

/// What addresses the containers of a network have.
enum NetworkFamily: String, Sendable, CaseIterable {
    case v4, dual, v6

    var hasV4: Bool { self != .v6 }
    var hasV6: Bool { self != .v4 }

    /// Options of `docker network create`, with subnets of its own for each number.
    func options(_ number: Int) -> [String] {
        let v4 = ["--subnet", "10.193.\(number).0/24"], v6 = ["--ipv6", "--subnet", "fd93:\(number)::/64"]
        return switch self {
        case .v4: v4
        case .dual: v4 + v6
        case .v6: v6 + ["--ipv4=false"]
        }
    }
}

extension Integration {
    @Suite struct Families {
        private static let format =
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}|{{.GlobalIPv6Address}}{{end}}"

        /// Makes a network and removes it, with all containers of the test, whose names begin with its name.
        static func with(
            _ name: String, _ options: [String], _ body: (EngineUnderTest) async throws -> Void
        ) async throws {
            let engine = try Integration.engine
            let made = try await engine.docker(["network", "create"] + options + [name])
            guard made.code == 0 else { throw CommandFailure(what: "docker network create", result: made) }
            do {
                try await body(engine)
            } catch {
                try await clear(name, engine)
                throw error
            }
            try await clear(name, engine)
        }

        private static func clear(_ name: String, _ engine: EngineUnderTest) async throws {
            let ids = try await engine.dockerOutput("ps", "-aq", "-f", "name=^/\(name)").split(separator: "\n").map(String.init)
            if !ids.isEmpty { _ = try await engine.docker(["rm", "-f"] + ids) }
            try await engine.dockerOutput("network", "rm", name)
        }

        /// Addresses of a container's first network; nil where it has none of a family.
        static func addresses(_ name: String, _ engine: EngineUnderTest) async throws -> (v4: String?, v6: String?) {
            let words = try await engine.dockerOutput("inspect", "-f", format, name).split(separator: "|", omittingEmptySubsequences: false)
            let texts = words.map(String.init).map { $0.isEmpty || $0 == "invalid" ? nil : $0 }
            return (texts.first ?? nil, texts.count > 1 ? texts[1] : nil)
        }

        /// As with dockerd: the subnet is told again, and an address in it is taken and has no effect.
        @Test func aSubnetOfAFamilyThatIsNotEnabled() async throws {
            let options = ["--subnet", "10.193.77.0/24", "--subnet", "fd93:77::/64", "--gateway", "fd93:77::99"]
            try await Self.with("idle6", options) { engine in
                let shown = try await engine.dockerOutput("network", "inspect", "-f", "{{json .IPAM.Config}}", "idle6")
                #expect(shown.contains(#"{"Subnet":"fd93:77::/64","Gateway":"fd93:77::99"}"#), "\(shown)")
                let run = try await engine.docker(
                    ["run", "-d", "--name", "idle6-a", "--network", "idle6", "--ip6", "fd93:77::7"]
                        + ["busybox", "sleep", "600"])
                try #require(run.code == 0, "\(run)")
                let wanted = "{{range .NetworkSettings.Networks}}{{.IPAMConfig.IPv6Address}}|{{.GlobalIPv6Address}}{{end}}"
                #expect(try await engine.dockerOutput("inspect", "-f", wanted, "idle6-a").hasPrefix("fd93:77::7|"))
                #expect(try await Self.addresses("idle6-a", engine).v6 == nil)
            }
        }

        @Test(arguments: NetworkFamily.allCases)
        func publishedPorts(family: NetworkFamily) async throws {
            let name = "pub\(family.rawValue)"
            try await Self.with(name, family.options(1)) { engine in
                try await Neighbour.with { neighbour in
                    let port = try TCPProbe.freePort()
                    try await PeerServer.start("\(name)-web", ["--network", name, "-p", "\(port):80"], engine)
                    try await PeerServer.start("\(name)-near", ["--network", name], engine)
                    try await PeerServer.start("\(name)-far", [], engine)
                    for (host, isReached) in [("127.0.0.1", family.hasV4), ("[::1]", true)] {
                        let page = try await WebClient.page("http://\(host):\(port)\(PeerServer.path)", seconds: isReached ? 5 : 1)
                        #expect((page != nil) == isReached, "\(host) from the host")
                    }
                    try await fromOutside(port, neighbour, family)
                    try await hairpin(name, port, neighbour, family, engine)
                    try await unpublished(name, neighbour, engine)
                }
            }
        }

        /// By the host's addresses, and with the client's own address, wherever the container has the family.
        private func fromOutside(_ port: UInt16, _ neighbour: Neighbour, _ family: NetworkFamily) async throws {
            let cases = [
                (neighbour.hostV4, neighbour.ownV4, family.hasV4, family.hasV4),
                ("[\(neighbour.hostV6)]", neighbour.ownV6, true, family.hasV6),
            ]
            for (host, own, isReached, isTranslated) in cases {
                let url = "http://\(host):\(port)\(PeerServer.path)"
                #expect((try await WebClient.page(url, seconds: isReached ? 5 : 1) != nil) == isReached, "\(host) from the host")
                let seen = try await neighbour.page(url, seconds: isReached ? 5 : 1)
                #expect((seen != nil) == isReached, "\(host) from a neighbour")
                if isTranslated { #expect(seen?.contains(own) == true, "\(seen ?? "")") }
            }
        }

        /// By an address of the host, from the container itself, its neighbour, and a container on another network.
        private func hairpin(
            _ name: String, _ port: UInt16, _ neighbour: Neighbour, _ family: NetworkFamily, _ engine: EngineUnderTest
        ) async throws {
            let inside = (family.hasV4 ? [neighbour.hostV4] : []) + (family.hasV6 ? ["[\(neighbour.hostV6)]"] : [])
            for host in inside {
                for client in ["\(name)-web", "\(name)-near"] {
                    let page = try await WebClient.page("http://\(host):\(port)\(PeerServer.path)", from: client, engine)
                    #expect(page != nil, "\(host) from \(client)")
                }
            }
            guard family.hasV4 else { return }
            let page = try await WebClient.page("http://\(neighbour.hostV4):\(port)\(PeerServer.path)", from: "\(name)-far", engine)
            #expect(page != nil, "from another network")
        }

        /// Addresses of containers are not reached by those who route to them: neither a published nor an unpublished port.
        private func unpublished(_ name: String, _ neighbour: Neighbour, _ engine: EngineUnderTest) async throws {
            for container in ["\(name)-web", "\(name)-near"] {
                let (v4, v6) = try await Self.addresses(container, engine)
                for address in [v4, v6.map { "[\($0)]" }].compactMap({ $0 }) {
                    let url = "http://\(address)\(PeerServer.path)"
                    #expect(try await neighbour.page(url, seconds: 1) == nil, "\(url)")
                    #expect(try await WebClient.page(url) != nil, "\(url) from the host")
                    #expect(try await WebClient.page(url, from: "\(name)-near", engine) != nil, "\(url) from the same network")
                    #expect(try await WebClient.page(url, from: "\(name)-far", engine, seconds: 1) == nil, "\(url) from another network")
                }
            }
        }
    }
}
