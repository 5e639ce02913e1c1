// Shims that wait for a container.
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(1)))
struct ShimPoolTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// The gateway may be up before whoever makes shims.
    @Test func isFilledOnceShimsCanBeHad() async throws {
        let layout = EngineLayout(run: "/tmp/berth-pool-test-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(atPath: layout.run, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: layout.run) }
        let tasks = BackgroundTasks()
        let pool = ShimPool(layout: layout, tasks: tasks, logger: logger)
        await pool.warm()
        await #expect(throws: RPCError.self, "there is none yet") { try await pool.fresh() }
        #expect(await pool.count == 0)

        let shims = RPCServer(
            service: ServiceName.shim.rawValue, version: "1", listener: .path(layout.shimSocket, mode: 0o600), methods: RPCMethodTable(),
            logger: logger)
        let serving = Task { try await shims.run() }
        #expect(try await holdsEventually { await pool.count == ShimPool.standardSize })

        await pool.close()
        await tasks.close()
        serving.cancel()
        try await serving.value
    }
}
