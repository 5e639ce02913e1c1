// A service over NIO for the tests, on a socket of its own.
import Logging
import RPC
import RPCNIO
import Synchronization
import Testing

/// What happened in the handlers, to be waited for.
final class Witness: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func note(_ event: String, add amount: Int = 1) { counts.withLock { $0[event, default: 0] += amount } }

    func count(_ event: String) -> Int { counts.withLock { $0[event, default: 0] } }
}

/// Waits for a condition, generously.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        try #require(ContinuousClock.now < deadline, "\(what) did not happen", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(2))
    }
}

func quietLogger() -> Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

func temporarySocketPath() -> String { "/tmp/berth-rpc-test-\(UInt64.random(in: .min ... .max)).sock" }

struct TestService {
    let path: String
    let witness = Witness()
    var limits = RPCLimits.standard
    var servedUIDs: Set<UInt32> = []

    init(path: String = temporarySocketPath(), limits: RPCLimits = .standard) {
        self.path = path
        self.limits = limits
    }

    /// Runs the service while `body` runs, and waits for it to end.
    func run<Result: Sendable>(_ body: @Sendable @escaping (TestService) async throws -> Result) async throws -> Result {
        let server = RPCServer(
            service: "test", version: "1.2.3", listener: .path(path, mode: 0o600), methods: methods(), servedUIDs: servedUIDs,
            limits: limits, logger: quietLogger())
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.run()
                return nil
            }
            group.addTask { try await body(self) }
            var result: Result?
            while let next = try await group.next() {
                guard let next else { continue }
                result = next
                group.cancelAll()
            }
            return try #require(result)
        }
    }

    func connect(limits: RPCLimits = .standard) async throws -> RPCConnection {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try await RPCConnection.connect(path: path, expecting: "test", limits: limits, logger: quietLogger())
            } catch let error as RPCError where error.code == .unavailable && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    private func methods() -> RPCMethodTable {
        var table = RPCMethodTable()
        let witness = witness
        table.add(Echo.self) { request, _ in request }
        table.add(Fail.self) { request, _ in throw request }
        table.add(Restricted.self) { _, _ in RPCNothing() }
        table.add(WhoAmI.self) { _, context in
            WhoAmI.Response(
                pid: context.peer?.pid ?? 0, uid: context.peer?.uid ?? .max, trace: context.traceID, timeout: context.timeoutNanoseconds)
        }
        table.add(Hang.self) { _, _ in
            witness.note("hanging")
            defer { witness.note("stopped") }
            try await Task.sleep(for: .seconds(3600))
            return RPCNothing()
        }
        addStreams(to: &table)
        return table
    }

    private func addStreams(to table: inout RPCMethodTable) {
        let witness = witness
        table.addStream(Produce.self) { request, _, stream in
            defer { witness.note("stopped") }
            for number in 0..<request.count {
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: request.size)
                try await stream.send(Chunk(number: number, bytes: bytes))
                witness.note("produced")
            }
            if request.fails { throw RPCError(.conflict, "on purpose") }
            return Produce.Response(sent: request.count)
        }
        table.addStream(Sum.self) { _, _, stream in
            var sum = Sum.Response(items: 0, bytes: 0, inOrder: true)
            for try await chunk in stream.inbound {
                sum.inOrder = sum.inOrder && chunk.number == sum.items
                sum.items += 1
                sum.bytes += chunk.bytes.count
            }
            return sum
        }
        table.addStream(Mirror.self) { _, _, stream in
            witness.note("mirroring")
            defer { witness.note("stopped") }
            for try await chunk in stream.inbound { try await stream.send(chunk) }
            return RPCNothing()
        }
    }
}
