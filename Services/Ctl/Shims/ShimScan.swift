// Finds shims by their run directories and asks them, whatever services are down.
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO

struct ShimScan {
    /// A shim answers at once whatever it does; one that doesn't within this time is stuck.
    static let timeout = Duration.seconds(3)
    /// Shims asked at the same time.
    static let width = 32

    var layout: EngineLayout

    /// What became of asking a shim.
    struct Answer: Sendable {
        var containerID: String
        var outcome: Result<InspectShim.Response, RPCError>
    }

    /// Sorted. Empty when the engine never ran.
    func containerIDs() -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: layout.shims)) ?? []
        return entries.filter { FileManager.default.fileExists(atPath: layout.shimSocket(of: $0)) }.sorted()
    }

    func connect(_ containerID: String) async throws -> RPCConnection {
        try await RPCConnection.connect(
            path: layout.shimSocket(of: containerID), limits: RPCLimits(handshake: Self.timeout), logger: .silent)
    }

    /// Asks the shims of these containers; the answers are in the same order.
    func inspect(_ ids: [String]) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            var answers = [Answer?](repeating: nil, count: ids.count)
            var next = 0
            func addNext() {
                guard next < ids.count else { return }
                let index = next
                next += 1
                group.addTask { (index, await inspect(ids[index])) }
            }
            for _ in 0..<Self.width { addNext() }
            for await (index, answer) in group {
                answers[index] = answer
                addNext()
            }
            return answers.compactMap { $0 }
        }
    }

    private func inspect(_ id: String) async -> Answer {
        do {
            let connection = try await connect(id)
            let response = await Result {
                try await connection.call(InspectShim.self, RPCNothing(), context: .fresh(timeout: Self.timeout))
            }
            await connection.close()
            return Answer(containerID: id, outcome: .success(try response.get()))
        } catch let error as RPCError {
            return Answer(containerID: id, outcome: .failure(error))
        } catch {
            return Answer(containerID: id, outcome: .failure(RPCError(.unavailable, "\(error)")))
        }
    }
}
