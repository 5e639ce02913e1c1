// Lookups while the network service dies and comes back.
import TestSupport
import Testing

extension Faults {
    @Suite struct Names {
        /// None of a client's lookups fails: what is asked while nobody serves waits in the socket.
        @Test func lookupsOutliveTheNetworkService() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput("network", "create", "names")
                try await engine.dockerOutput(
                    "run", "-d", "--name", "names-web", "--network", "names", EngineUnderTest.image, "sleep", "600")
                let loop = "while [ ! -e /stop ]; do busybox nslookup names-web >/dev/null || echo failed; done; echo done"
                try await engine.dockerOutput(
                    "run", "-d", "--name", "names-client", "--network", "names", EngineUnderTest.image, "sh", "-c", loop)
                for _ in 0..<5 {
                    try await engine.kill([.network])
                    try await engine.waitUntilHealthy()
                }
                try await engine.dockerOutput("exec", "names-client", "busybox", "touch", "/stop")
                #expect(try await engine.dockerOutput("wait", "names-client") == "0")
                #expect(try await engine.dockerOutput("logs", "names-client") == "done")
                try await engine.dockerOutput("rm", "-f", "names-web", "names-client")
            }
        }
    }
}
