// berthctl up --detach: the same command again in the background, watched until the engine answers.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import ServiceKit

struct DetachedStart {
    var layout: EngineLayout
    var waitSeconds: Int

    func run() throws {
        if let pid = RunLock.holder(layout: layout) {
            throw ValidationError(
                "an engine runs in \(layout.run) already (process \(pid)); choose another --run, or stop it: berthctl down")
        }
        try FileManager.default.createDirectory(atPath: layout.run, withIntermediateDirectories: true)
        let log = try ServiceLog.open(directory: layout.logs, name: ServiceLog.supervisor)
        defer { close(log) }
        var arguments = try DockerdArguments.current().filter { $0 != "--detach" }
        if !arguments.contains(where: { $0.hasPrefix("--log-directory") }) { arguments += ["--log-directory", layout.logs] }
        let pid = try ChildProcess(
            path: ExecutablePath.own, arguments: arguments, descriptors: [STDOUT_FILENO: log, STDERR_FILENO: log],
            group: .ownSession
        ).spawn()
        try waitUntilAnswering(supervisor: pid)
        print("The engine is up. Use it with:\n  export DOCKER_HOST=unix://\(layout.gatewaySocket)")
    }

    private func waitUntilAnswering(supervisor: Int32) throws {
        let deadline = ContinuousClock.now + .seconds(waitSeconds)
        let ping = UnixHTTPClient(socketPath: layout.gatewaySocket, timeout: .seconds(2))
        while ContinuousClock.now < deadline {
            var status: Int32 = 0
            if waitpid(supervisor, &status, WNOHANG) == supervisor {
                throw StartFailure("the engine ended at once (\(ChildExit(waitStatus: status)))", log: layout.logs)
            }
            if RunLock.holder(layout: layout) == supervisor, let reply = try? ping.request("GET", "/_ping"), reply.status == 200 { return }
            var pause = timespec(.milliseconds(20))
            nanosleep(&pause, nil)
        }
        kill(supervisor, SIGTERM)
        _ = ProcessExit.wait(child: supervisor, timeout: .seconds(60))
        throw StartFailure("the engine did not answer within \(waitSeconds) s and was stopped", log: layout.logs)
    }
}

/// An engine that did not come up, with the last words of its logs.
struct StartFailure: Error, CustomStringConvertible {
    var description: String

    init(_ what: String, log directory: String) {
        let files = ["berthctl", "images", "network", "shim", "gateway"].map { "\(directory)/\($0).log" }
        let tails = files.compactMap { path -> String? in
            guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else { return nil }
            let lines = String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n").suffix(8)
            return "\(path):\n" + lines.map { "  \($0)" }.joined(separator: "\n")
        }
        description = ([what] + tails).joined(separator: "\n")
    }
}
