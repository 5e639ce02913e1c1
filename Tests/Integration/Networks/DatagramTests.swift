// Published ports of UDP and SCTP, through the docker client.
import Glibc
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

        private static let associations = "use Socket; alarm 10; socket(S, AF_INET, SOCK_STREAM, 132) or die \"socket: $!\";"
        private static let associationServer = #"""
            use Socket; socket(S, AF_INET, SOCK_STREAM, 132) or die; bind(S, pack_sockaddr_in(9, INADDR_ANY)) or die; listen(S, 5) or die;
            while (accept(C, S)) { sysread(C, $word, 99); syswrite(C, "got $word"); close(C); }
            """#

        private static var hasSCTP: Bool {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 132)
            if descriptor >= 0 { close(descriptor) }
            return descriptor >= 0
        }

        /// The same of SCTP: from a neighbour, and from the host.
        @Test(.enabled(if: hasSCTP, "the kernel has no SCTP"))
        func publishedAssociation() async throws {
            let engine = try Integration.engine
            try await Neighbour.with { neighbour in
                let port = try TCPProbe.freePort()
                let run = ["run", "-d", "--name", "sctp", "-p", "\(port):9/sctp"] + Self.programs
                let made = try await engine.docker(run + ["busybox", "perl", "-e", Self.associationServer])
                try #require(made.code == 0, "\(made)")
                #expect(try await engine.dockerOutput("port", "sctp", "9/sctp").contains(":\(port)"))
                let ask = [
                    "perl", "-e",
                    Self.associations + #"connect(S, pack_sockaddr_in($ARGV[1], inet_aton($ARGV[0]))) or die "connect: $!"; "#
                        + "syswrite(S, 'hello'); sysread(S, $word, 99); print $word", neighbour.hostV4, "\(port)",
                ]
                try await eventually("an answer to a neighbour", within: .seconds(30)) {
                    try await neighbour.run(ask).text == "got hello" ? true : nil
                }
                try await eventually("an answer to the host", within: .seconds(30)) {
                    try await Command("/usr/bin/env", ask).run().text == "got hello" ? true : nil
                }
                let taken = try await engine.docker(["run", "--rm", "-p", "\(port):9/sctp", "busybox", "true"])
                #expect(taken.code != 0 && taken.errorText.contains("\(port)"), "\(taken)")
                try await engine.dockerOutput("rm", "-f", "sctp")
            }
        }
    }
}
