// A crowd that costs the most for the least: streams of containers that nobody uses.

/// Clients that take a connection over for a container's streams, and then neither say nor read anything.
public enum HalfOpenHijacks {
    private static let commands = [["cat"], ["sleep", "1000"], ["sh", "-c", "while :; do echo line; sleep 0.01; done"]]

    /// Makes the containers: one waits for input, one says nothing, one never stops. Returns a request to attach to each.
    public static func make(on engine: EngineUnderTest) async throws -> [String] {
        try await engine.importBusybox()
        for (number, command) in commands.enumerated() {
            let result = try await engine.docker(["run", "-d", "-i", "--name", "held-\(number)", EngineUnderTest.image] + command)
            guard result.code == 0 else { throw CommandFailure(what: "docker run", result: result) }
        }
        return commands.indices.map { number in
            "POST /containers/held-\(number)/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: s\r\n"
                + "Upgrade: tcp\r\nConnection: Upgrade\r\n\r\n"
        }
    }

    public static func remove(from engine: EngineUnderTest) async throws {
        for number in commands.indices { try await engine.dockerOutput("rm", "-f", "held-\(number)") }
    }
}
