// Removes every container of an engine: through its gateway while that answers, and what is left through the shims.
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO
import ServiceKit
import Synchronization

struct ContainerRemoval {
    /// For one container.
    static let timeout = Duration.seconds(30)
    /// Containers removed at the same time.
    static let width = 16

    var layout: EngineLayout
    var cgroupParent: String
    /// Of the services' executables.
    var directory: String

    private struct Listed: Decodable {
        var id: String
        private enum CodingKeys: String, CodingKey { case id = "Id" }
    }

    /// The orderly way, with records and layers removed too. Does what it can: an engine that is down is no error here.
    func removeThroughGateway() {
        let gateway = UnixHTTPClient(socketPath: layout.gatewaySocket, timeout: Self.timeout)
        guard RunLock.holder(layout: layout) != nil || hasSystemdGateway(gateway),
            let list = try? gateway.request("GET", "/containers/json?all=1"), list.status == 200,
            let containers = try? JSONDecoder().decode([Listed].self, from: Data(list.body))
        else { return }
        Self.concurrently(containers.map(\.id)) { _ = try? gateway.request("DELETE", "/containers/\($0)?force=1&v=1") }
    }

    /// Each call waits in a thread of its own, so that one that takes long keeps no other from being made.
    private static func concurrently(_ ids: [String], _ body: @escaping @Sendable (String) -> Void) {
        let rest = Mutex(ids[...])
        let threads = min(width, ids.count)
        let ended = DispatchGroup()
        for _ in 0..<threads {
            ended.enter()
            Thread.detachNewThread {
                while let id = rest.withLock({ $0.popFirst() }) { body(id) }
                ended.leave()
            }
        }
        ended.wait()
    }

    /// Kills what still runs, whatever services are down, and shims that don't answer.
    func removeThroughShims() async throws {
        let stuck = await withTaskGroup(of: String?.self) { group in
            for id in ShimScan(layout: layout).containerIDs() { group.addTask { await end(id) ? nil : id } }
            return await group.reduce(into: [String]()) { stuck, id in
                if let id { stuck.append(id) }
            }
        }
        guard !stuck.isEmpty else { return }
        try await ShimReplacement(layout: layout, cgroupParent: cgroupParent, directory: directory).run(stuck)
    }

    /// False when the shim doesn't answer.
    private func end(_ containerID: String) async -> Bool {
        do {
            let connection = try await ShimScan(layout: layout).connect(containerID)
            do {
                try await end(connection)
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
            return true
        } catch {
            Self.say(containerID, (error as? RPCError)?.message ?? "\(error)")
            return false
        }
    }

    private func end(_ connection: RPCConnection) async throws {
        // Frozen shims show at once: one that runs answers whatever it does.
        let state = try await connection.call(InspectShim.self, RPCNothing(), context: .fresh(timeout: ShimScan.timeout))
        let events = try await connection.stream(WatchShim.self, .init(), context: .fresh(timeout: Self.timeout))
        switch state.phase {
        case .paused:
            _ = try await connection.call(ResumeContainer.self, RPCNothing(), context: .fresh(timeout: Self.timeout))
            fallthrough
        case .running, .restarting:
            let request = SignalContainer.Request(signal: SIGKILL, all: true, end: EndRequest(.remove, caller: "berthctl"))
            _ = try await connection.call(SignalContainer.self, request, context: .fresh(timeout: Self.timeout))
            for try await notice in events.outbound {
                if case .exited = notice.event { break }
            }
        case .prepared, .exited:
            break
        }
        let release = ReleaseShim.Request(removesContainerDirectory: true)
        _ = try await connection.call(ReleaseShim.self, release, context: .fresh(timeout: Self.timeout))
    }

    static func say(_ containerID: String, _ words: String) {
        FileHandle.standardError.write(Data("container \(containerID.prefix(12)): \(words)\n".utf8))
    }

    private func hasSystemdGateway(_ gateway: UnixHTTPClient) -> Bool {
        (try? gateway.request("GET", "/_ping").status) == 200
    }
}
