// Ends shims that don't answer, by fresh ones, whatever services are down.
import Contracts
import Foundation
import Glibc
import RPC
import RPCNIO
import ServiceKit

/// Runs a parent of shims of its own for as long as it takes.
struct ShimReplacement {
    /// For a shim that is killed, and what is left of its container.
    private static let timeout = Duration.seconds(15)

    var layout: EngineLayout
    var cgroupParent: String
    /// Of the services' executables.
    var directory: String

    private var socket: String { "\(layout.run)/removal.sock" }

    /// Kills the shims of these containers with all the containers' processes, and removes what is left of both.
    func run(_ containerIDs: [String]) async throws {
        let arguments = ["--listen", socket, "--run", layout.run]
        let parent = try ChildProcess(
            path: "\(directory)/berth-shim", arguments: arguments,
            descriptors: [STDOUT_FILENO: STDERR_FILENO, STDERR_FILENO: STDERR_FILENO]
        ).spawn()
        defer {
            kill(parent, SIGTERM)
            while waitpid(parent, nil, 0) < 0, errno == EINTR {}
        }
        await withTaskGroup(of: Void.self) { group in
            for id in containerIDs {
                group.addTask {
                    do { try await end(id) } catch { ContainerRemoval.say(id, (error as? RPCError)?.message ?? "\(error)") }
                }
            }
        }
    }

    private func end(_ id: String) async throws {
        let kill = KillShim.Request(containerID: id, root: layout.root, run: layout.run, cgroupParent: cgroupParent)
        do {
            try await withFreshShim { _ = try await $0.call(KillShim.self, kill, context: .fresh(timeout: Self.timeout)) }
        } catch let error as RPCError where error.code == .notFound {
            // It has ended meanwhile. What it left is there all the same.
        }
        let recover = RecoverContainer.Request(
            containerID: id, root: layout.root, run: layout.run, cgroupParent: cgroupParent, removesContainerDirectory: true)
        try await withFreshShim { _ = try await $0.call(RecoverContainer.self, recover, context: .fresh(timeout: Self.timeout)) }
    }

    /// The parent may take a moment to listen.
    private func withFreshShim(_ body: (RPCConnection) async throws -> Void) async throws {
        let deadline = ContinuousClock.now + Self.timeout
        while true {
            do {
                let connection = try await RPCConnection.connect(path: socket, logger: .silent)
                do { try await body(connection) } catch {
                    await connection.close()
                    throw error
                }
                return await connection.close()
            } catch let error as RPCError where error.code == .unavailable && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
