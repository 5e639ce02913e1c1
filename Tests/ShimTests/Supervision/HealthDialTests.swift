// Health checks by connections into a container, without a process.
import Contracts
import Foundation
import Glibc
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite(.timeLimit(.minutes(2))) struct HealthDialTests {
        private static let tcp = DialSpec(.tcp, address: "127.0.0.1", port: 80)
        private static let http = DialSpec(.http, address: "127.0.0.1", port: 80, target: "/ready")

        private func supervision(_ dial: DialSpec, timeout: Int64 = 10_000_000_000) -> SupervisionSpec {
            SupervisionSpec(health: HealthSpec(dial: dial, interval: 20_000_000, timeout: timeout, retries: 2))
        }

        private func withChecked(
            _ script: String, _ supervision: SupervisionSpec, _ body: (TestContainer) async throws -> Void
        ) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sh", "-c", script], supervision: supervision)
                try await body(container)
                try await container.signal(SIGKILL, end: EndRequest(.kill))
                _ = try await container.exit()
                try await container.release()
            }
        }

        /// Whether a check ends so: servers made of `nc` refuse connections now and then.
        private func expect(_ code: Int32, _ words: String, _ script: String, _ supervision: SupervisionSpec) async throws {
            try await withChecked(script, supervision) { container in
                var seen: Set<String> = []
                let isFound = try await Eventually.holds {
                    let results = try await container.inspect().health?.results ?? []
                    seen.formUnion(results.map { "\($0.exitCode): \($0.output)" })
                    return seen.contains("\(code): \(words)")
                }
                #expect(isFound, "\(seen)")
            }
        }

        private func answering(_ answer: String) -> String { "while true; do printf '\(answer)' | nc -l -p 80; done" }

        @Test func `A server that takes connections is healthy`() async throws {
            try await withChecked("exec httpd -f -p 80", supervision(Self.tcp)) { container in
                _ = try await container.notices { $0 == .healthChanged(.healthy) }
                let result = try await container.inspect().health?.results.last
                #expect(result?.exitCode == 0 && result?.output == "connected to tcp://127.0.0.1:80" && result?.preparation == nil)
            }
        }

        @Test func `Nobody there is unhealthy`() async throws {
            try await withChecked("exec sleep 1000", supervision(Self.tcp)) { container in
                _ = try await container.notices { $0 == .healthChanged(.unhealthy) }
                let result = try await container.inspect().health?.results.last
                #expect(result?.exitCode == 1 && result?.output == "tcp://127.0.0.1:80: connection refused")
            }
        }

        @Test func `The status of an answer tells`() async throws {
            try await expect(0, "HTTP/1.1 204 Fine", answering("HTTP/1.1 204 Fine\\r\\n\\r\\n"), supervision(Self.http))
            let bad = answering("HTTP/1.1 503 Not yet\\r\\n\\r\\nstarting")
            try await expect(1, "HTTP/1.1 503 Not yet\nstarting", bad, supervision(Self.http))
            try await expect(1, "http://127.0.0.1:80 doesn't answer in HTTP/1", answering("hello"), supervision(Self.http))
        }

        @Test func `A web server is asked for the path`() async throws {
            let script = "mkdir -p /www; echo yes > /www/ready; exec httpd -f -p 80 -h /www"
            try await withChecked(script, supervision(Self.http)) { container in
                _ = try await container.notices { $0 == .healthChanged(.healthy) }
                #expect(try await container.inspect().health?.results.last?.output.hasPrefix("HTTP/1.1 200 OK") == true)
            }
        }

        @Test func `An answer that doesn't come in time has failed`() async throws {
            let silent = "while true; do nc -l -p 80 -e sleep 1000; done"
            try await expect(-1, "Health check exceeded timeout (60ms)", silent, supervision(Self.http, timeout: 60_000_000))
        }

        @Test func `The shim stays in its own network and keeps no descriptor`() async throws {
            try await withChecked("exec httpd -f -p 80", supervision(Self.tcp)) { container in
                _ = try await container.notices { $0 == .healthChanged(.healthy) }
                let shim = try await container.inspect().shimPID
                let before = ProcessTable.descriptors(of: shim)
                let first = try await container.inspect().health?.results.last?.start ?? 0
                #expect(try await Eventually.holds { try await container.inspect().health?.results.first?.start ?? 0 > first })
                #expect(try await Eventually.holds { ProcessTable.descriptors(of: shim) <= before })
                let place = { (pid: String) in try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net") }
                // For the moment in which it makes a socket it is in the other one.
                #expect(try await Eventually.holds { try place("\(shim)") == place("self") })
            }
        }
    }
}
