// A published port of UDP, through the docker client, on networks of each family.
import Testing
import TestSupport

extension Integration {
    @Suite struct Datagrams {
        /// The host's own, for busybox has no server of UDP.
        private static let programs = ["/usr", "/lib", "/lib64"].flatMap { ["-v", "\($0):\($0):ro"] }
        private static let server = #"""
            use Socket; socket(S, AF_INET6, SOCK_DGRAM, 0) or die; setsockopt(S, 41, 26, 0);
            bind(S, pack_sockaddr_in6(53, "\0" x 16)) or die; while ($from = recv(S, $word, 99, 0)) { send(S, "got $word", 0, $from); }
            """#

        /// A server in a container takes what is sent to the host's port and answers it; from the host, and from a neighbour.
        @Test(arguments: NetworkFamily.allCases)
        func publishedPort(family: NetworkFamily) async throws {
            let name = "udp\(family.rawValue)"
            try await Families.with(name, family.options(16)) { engine in
                try await Neighbour.with { neighbour in
                    let port = try TCPProbe.freePort()
                    let run = ["run", "-d", "--name", "\(name)-a", "--network", name, "-p", "\(port):53/udp"] + Self.programs
                    let made = try await engine.docker(run + ["busybox", "perl", "-e", Self.server])
                    try #require(made.code == 0, "\(made)")
                    #expect(try await engine.dockerOutput("port", "\(name)-a", "53/udp").contains(":\(port)"))
                    let hosts = [(neighbour.hostV4, family.hasV4), (neighbour.hostV6, true)].filter(\.1).map(\.0)
                    for host in hosts {
                        let script = "exec 3<>/dev/udp/\(host)/\(port); echo hello >&3; timeout 2 head -n 1 <&3"
                        let ask = ["bash", "-c", script]
                        try await eventually("an answer at \(host) to a neighbour", within: .seconds(30)) {
                            try await neighbour.run(ask).text.contains("got hello") ? true : nil
                        }
                        try await eventually("an answer at \(host) to the host", within: .seconds(30)) {
                            try await Command("/bin/bash", Array(ask.dropFirst())).run().text.contains("got hello") ? true : nil
                        }
                    }
                    try await engine.dockerOutput("rm", "-f", "\(name)-a")
                }
            }
        }
    }
}
