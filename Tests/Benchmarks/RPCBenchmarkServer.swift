// The servers that `berth-bench rpc` measures.
import CLinux
import Foundation
import Glibc
import Linux
import Logging
import RPC
import RPCEpoll
import RPCNIO

enum RPCBenchmarkServer {
    private static func socketPath() -> String { "/tmp/berth-bench-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

    /// Serves over NIO while `body` runs.
    static func withNIO(_ body: (String) async throws -> Void) async throws {
        let path = socketPath()
        var methods = RPCMethodTable()
        methods.add(BenchmarkCall.self) { _, _ in BenchmarkCall.Response(path: "/var/lib/berth", pid: 4711) }
        methods.addStream(BenchmarkStream.self) { request, _, stream in
            for _ in 0..<request.chunks { try await stream.send(BenchmarkStream.chunk) }
            return RPCNothing()
        }
        let descriptor = clinux_unix_listen(path, 0o600, 16)
        guard descriptor >= 0 else { throw RPCError(.unavailable, "Could not listen on \(path).") }
        let server = RPCServer(
            service: "bench", version: "1", listener: .descriptor(descriptor), methods: methods, logger: Logger(label: "bench"))
        let running = Task { try await server.run() }
        defer { unlink(path) }
        try await body(path)
        running.cancel()
        try await running.value
    }

    /// Serves on an event loop with a thread of its own while `body` runs.
    static func withEventLoop(_ body: (String) async throws -> Void) async throws {
        let path = socketPath()
        let descriptor = clinux_unix_listen(path, 0o600, 16)
        var ends: [Int32] = [-1, -1]
        guard descriptor >= 0, clinux_unix_pair(&ends) == 0 else { throw RPCError(.unavailable, "Could not make the sockets.") }
        let (stop, stopping) = (ends[0], ends[1])
        defer { unlink(path) }
        async let served: Void = withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try serve(descriptor, until: stopping) }) }
        }
        try await body(path)
        close(stop)
        try await served
        close(stopping)
    }

    private static func serve(_ listener: Int32, until stopping: Int32) throws {
        let loop = try EventLoop()
        let server = RPCEventServer(service: "bench", version: "1", loop: loop)
        server.add(BenchmarkCall.self) { _, call in
            call.reply(.success(BenchmarkCall.Response(path: "/var/lib/berth", pid: 4711)))
        }
        server.addStream(BenchmarkStream.self) { request, stream in
            var left = request.chunks
            func produce() {
                while left > 0, !stream.isWaiting {
                    guard stream.send(BenchmarkStream.chunk) else { return }
                    left -= 1
                }
                if left == 0 { stream.reply(.success(RPCNothing())) }
            }
            stream.onDrained = produce
            produce()
        }
        try server.listen(fd: listener)
        try loop.add(stopping, .readable) { _ in loop.stop() }
        try loop.run()
        server.close()
        loop.remove(stopping)
    }
}
