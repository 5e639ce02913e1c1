// berth-images as a process of its own, to be killed at a named place.
import Contracts
import Glibc
import Logging
import RPC
import RPCNIO
import ServiceKit
import TestSupport

/// A running service on the store in a directory, and a connection to it.
struct ServiceProcess: Sendable {
    let pid: Int32
    let connection: RPCConnection

    /// Starts the service so that it dies at `fault` (`name` or `name:nth`), if there is one, and connects.
    static func start(in directory: String, fault: String? = nil) async throws -> ServiceProcess {
        let layout = EngineLayout(root: "\(directory)/root", run: "\(directory)/run")
        try NewDirectoryIfMissing.make(layout.run)
        let log = open("\(directory)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(log) }
        let child = ChildProcess(
            path: "\(BuildProducts.directory)/berth-images", arguments: ["--root", layout.root, "--run", layout.run],
            environment: ["PATH=/usr/bin:/bin"] + (fault.map { ["BERTH_FAULT=\($0)"] } ?? []),
            descriptors: [STDOUT_FILENO: log, STDERR_FILENO: log])
        let pid = try child.spawn()
        do {
            let connection = try await eventually("berth-images answers", within: .seconds(120)) {
                try? await RPCConnection.connect(path: layout.imagesSocket, expecting: "images", logger: Logger(label: "test"))
            }
            return ServiceProcess(pid: pid, connection: connection)
        } catch {
            kill(pid, SIGKILL)
            _ = try? await Self.wait(pid)
            throw StartFailure(log: (try? Files.text("\(directory)/log")) ?? "")
        }
    }

    struct StartFailure: Error {
        var log: String
    }

    /// Ends it at once.
    func die() async throws {
        kill(pid, SIGKILL)
        _ = try await signal()
    }

    /// Pulls or pushes, without looking at the progress.
    func run<M: RPCStreamMethod>(_ method: M.Type, _ request: M.Request) async throws -> M.Response where M.Inbound == RPCNothing {
        let stream = try await connection.stream(method, request)
        defer { stream.cancel() }
        try await stream.finish()
        for try await _ in stream.outbound {}
        return try await stream.response()
    }

    /// Waits for the end. Returns the signal that ended it, 0 for none.
    func signal() async throws -> Int32 {
        await connection.close()
        return try await Self.wait(pid)
    }

    private static func wait(_ pid: Int32) async throws -> Int32 {
        try await Blocking.run {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f
        }
    }
}

private enum NewDirectoryIfMissing {
    static func make(_ path: String) throws {
        if mkdir(path, 0o755) < 0, errno != EEXIST { throw SystemCallError("mkdir", path) }
    }
}
