// An engine whose containers have other IDs than the host's unless they ask for those.
import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct Remap {
        /// For the time of one test the user `daemon` has IDs to give.
        private func withSubordinateIDs(_ body: () async throws -> Void) async throws {
            let before = ["/etc/subuid", "/etc/subgid"].map { ($0, try? Data(contentsOf: URL(filePath: $0))) }
            defer {
                for (path, data) in before {
                    if let data { try? data.write(to: URL(filePath: path)) } else { try? FileManager.default.removeItem(atPath: path) }
                }
            }
            for (path, data) in before { try ((data ?? Data()) + Data("daemon:1870000000:65536\n".utf8)).write(to: URL(filePath: path)) }
            try await body()
        }

        @Test func isOfAllContainersThatAskForNothing() async throws {
            try await withSubordinateIDs {
                let engine = EngineUnderTest()
                do {
                    try await engine.start(flags: ["--userns-remap", "daemon"])
                    try await look(engine)
                    try await engine.takeDown()
                } catch {
                    try? await engine.takeDown()
                    throw error
                }
            }
        }

        private func look(_ engine: EngineUnderTest) async throws {
            try await engine.importBusybox()
            #expect(try await engine.dockerOutput("info", "-f", "{{.SecurityOptions}}").contains("name=userns"))
            let map = "cat /proc/self/uid_map | tr -s ' '"
            #expect(try await engine.dockerOutput("run", "--rm", "busybox", "sh", "-c", map) == "0 1870000000 65536")
            let host = try await engine.dockerOutput("run", "--rm", "--userns", "host", "busybox", "sh", "-c", map)
            #expect(host == "0 0 4294967295")
            try await engine.dockerOutput(
                "run", "--rm", "--userns", "host", "--privileged", "--network", "host", "--pid", "host", "busybox", "true")
            for (flags, words) in [
                (["--privileged"], "privileged mode is incompatible with user namespaces"),
                (["--network", "host"], "cannot share the host's network namespace when user namespaces are enabled"),
                (["--pid", "host"], "cannot share the host PID namespace when user namespaces are enabled"),
            ] {
                let refused = try await engine.docker(["run", "--rm"] + flags + ["busybox", "true"])
                #expect(refused.code == 125 && refused.errorText.contains(words), "\(refused)")
            }
            // The images are those of an engine without it.
            let result = try await engine.docker([
                "run", "--rm", "-v", "kept:/v", "busybox", "sh", "-c", "touch /v/x; stat -c %u /v/x /bin/busybox",
            ])
            #expect(result.line == "0\n0", "\(result)")
            try await engine.dockerOutput("volume", "rm", "kept")
        }
    }
}
