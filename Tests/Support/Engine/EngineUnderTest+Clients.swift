// Clients of an engine: docker, and bytes on its socket.
import Contracts
import Foundation
import ServiceKit

extension EngineUnderTest {
    /// The Docker client, unmodified; in `PATH`, or at `BERTH_TEST_DOCKER`.
    public static var client: String {
        if let path = ProcessInfo.processInfo.environment["BERTH_TEST_DOCKER"] { return path }
        let candidates = ["/usr/local/bin/docker", "/usr/bin/docker"]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "docker"
    }

    /// For the client: this engine's socket, and a configuration directory of its own.
    public var clientEnvironment: [String: String] {
        ["DOCKER_HOST": dockerHost, "DOCKER_CONFIG": "\((layout.run as NSString).deletingLastPathComponent)/client"]
    }

    /// Runs `docker` with these arguments to its end.
    public func docker(_ arguments: [String], stdin: [UInt8] = [], timeout: Duration = .seconds(120)) async throws -> CommandResult {
        try await Command(Self.client, arguments, environment: clientEnvironment, stdin: stdin, timeout: timeout).run()
    }

    /// Runs `docker`, which must succeed, and returns its output without the last newline.
    @discardableResult
    public func dockerOutput(_ arguments: String..., stdin: String = "") async throws -> String {
        let result = try await docker(arguments, stdin: Array(stdin.utf8))
        guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments.joined(separator: " "))", result: result) }
        return result.line
    }

    /// Runs `docker` at a terminal.
    public func dockerAtTerminal(_ arguments: [String], rows: UInt16 = 24, columns: UInt16 = 80) throws -> TerminalCommand {
        let environment = ProcessInfo.processInfo.environment.merging(clientEnvironment) { $1 }
        return try TerminalCommand(
            Self.client, arguments, environment: environment.map { "\($0)=\($1)" }, rows: rows, columns: columns)
    }

    /// One HTTP request to the gateway.
    public func http(
        _ method: String, _ target: String, json: String? = nil, headers: [(String, String)] = [], timeout: Duration = .seconds(60)
    ) async throws -> HTTPReply {
        let client = UnixHTTPClient(socketPath: layout.gatewaySocket, timeout: timeout)
        let type = json == nil ? [] : [("Content-Type", "application/json")]
        return try await Blocking.run { try client.request(method, target, headers: type + headers, body: Array((json ?? "").utf8)) }
    }

    /// Sends bytes as they are to the gateway and returns what comes back until it closes.
    public func raw(_ bytes: [UInt8], timeout: Duration = .seconds(60)) async throws -> [UInt8] {
        let client = UnixHTTPClient(socketPath: layout.gatewaySocket, timeout: timeout)
        return try await Blocking.run { try client.exchange(bytes) }
    }
}
