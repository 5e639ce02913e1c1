// Every form of publishing ports, as `docker port` and `docker inspect` tell it, and as clients reach it.
import Testing
import TestSupport

extension Integration {
    @Suite struct PublishForms {
        private static let ports = "{{range $port, $hosts := .NetworkSettings.Ports}}{{$port}}={{len $hosts}} {{end}}"

        /// Ranges, datagrams, everything that is exposed, and exposed only.
        @Test(arguments: NetworkFamily.allCases)
        func forms(family: NetworkFamily) async throws {
            let name = "pf\(family.rawValue)"
            try await Families.with(name, family.options(14)) { engine in
                let run = ["run", "-d", "--network", name]
                let first = try TCPProbe.freePort()
                let last = first + 9
                let flags = ["-p", "\(first)-\(last):80", "-p", "5353/udp", "--expose", "99"]
                let ranged = try await engine.docker(run + ["--name", "\(name)-r"] + flags + ["busybox", "sleep", "600"])
                try #require(ranged.code == 0, "\(ranged)")
                let hosts = family == .v6 ? 1 : 2
                let shown = try await engine.dockerOutput("inspect", "-f", Self.ports, "\(name)-r")
                #expect(shown.contains("80/tcp=\(hosts)") && shown.contains("5353/udp=\(hosts)") && shown.contains("99/tcp=0"), "\(shown)")
                let port = try await engine.dockerOutput("port", "\(name)-r", "80/tcp").split(separator: "\n").first
                    .flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) }
                #expect((first...last).contains(port ?? 0))
                let all = try await engine.docker(
                    run + ["--name", "\(name)-P", "-P", "--expose", "80", "--expose", "81-82/udp", "busybox", "sleep", "600"])
                try #require(all.code == 0, "\(all)")
                let exposed = try await engine.dockerOutput("inspect", "-f", Self.ports, "\(name)-P")
                for text in ["80/tcp", "81/udp", "82/udp"] { #expect(exposed.contains("\(text)=\(hosts)"), "\(exposed)") }
            }
        }
    }
}
