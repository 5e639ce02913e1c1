// Names of containers, as programs in containers look them up.
import Testing
import TestSupport

extension Integration {
    @Suite struct Names {
        private func lookUp(_ engine: EngineUnderTest, _ container: String, _ name: String) async throws -> String {
            try await engine.docker(["exec", container, "busybox", "nslookup", name]).text
        }

        @Test func containersFindEachOtherByName() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("network", "create", "names")
            for (name, alias) in [("names-web", "www"), ("names-db", "store")] {
                try await engine.dockerOutput(
                    "run", "-d", "--name", name, "--network", "names", "--network-alias", alias, EngineUnderTest.image, "sleep", "600")
            }
            let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
            let address = try await engine.dockerOutput("inspect", "-f", format, "names-web")
            for name in ["names-web", "www", "names-web.names"] {
                #expect(try await lookUp(engine, "names-db", name).contains(address))
            }
            let file = try await engine.dockerOutput("exec", "names-db", "cat", "/etc/resolv.conf")
            #expect(file.contains("nameserver 127.0.0.11"))
            let plain = try await engine.dockerOutput("run", "--rm", EngineUnderTest.image, "cat", "/etc/resolv.conf")
            #expect(!plain.contains("127.0.0.11"))
            try await engine.dockerOutput("rm", "-f", "names-web", "names-db")
            try await engine.dockerOutput("network", "rm", "names")
        }
    }
}
