// Removes every container of an engine: through its gateway while that answers, and what is left through the shims.
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO
import ServiceKit

struct ContainerRemoval {
    /// For one container or one shim.
    static let timeout = Duration.seconds(30)

    var layout: EngineLayout

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
        for container in containers {
            _ = try? gateway.request("DELETE", "/containers/\(container.id)?force=1&v=1")
        }
    }

    /// Kills what still runs, whatever services are down.
    func removeThroughShims() async throws {
        for shim in ShimScan(layout: layout).containerIDs() {
            do {
                try await end(shim)
            } catch let error as RPCError {
                FileHandle.standardError.write(Data("container \(shim.prefix(12)): \(error.message)\n".utf8))
            }
        }
    }

    private func end(_ containerID: String) async throws {
        let connection = try await ShimScan(layout: layout).connect(containerID)
        let events = try await connection.stream(WatchShim.self, .init(), context: .fresh(timeout: Self.timeout))
        let state = try await connection.call(InspectShim.self, RPCNothing(), context: .fresh(timeout: Self.timeout))
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
        await connection.close()
    }

    private func hasSystemdGateway(_ gateway: UnixHTTPClient) -> Bool {
        (try? gateway.request("GET", "/_ping").status) == 200
    }
}
