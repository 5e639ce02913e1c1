// The test services, over both transports.
import CLinux
import Foundation
import Glibc
import Linux
import Logging
import RPC
import RPCEpoll
import RPCNIO
import Testing

/// Serves over NIO while `body` runs.
func withNIOService(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let path = "/tmp/berth-conformance-\(UInt64.random(in: .min ... .max)).sock"
    var methods = RPCMethodTable()
    methods.add(ConformanceEcho.self) { request, _ in request }
    methods.add(ConformanceOpen.self) { _, _ in RPCNothing() }
    methods.add(ConformanceHang.self) { _, _ in
        try await Task.sleep(for: .seconds(3600))
        return RPCNothing()
    }
    methods.addStream(ConformanceSum.self) { _, _, stream in
        var sum = ConformanceSum.Response(items: 0, bytes: 0)
        for try await chunk in stream.inbound {
            sum.items += 1
            sum.bytes += chunk.bytes.count
        }
        return sum
    }
    methods.addStream(ConformanceProduce.self) { request, _, stream in
        for number in 0..<request.count {
            try await stream.send(ConformanceChunk(number: number, bytes: [UInt8](repeating: 1, count: request.size)))
        }
        return ConformanceProduce.Response(sent: request.count)
    }
    var logger = Logger(label: "conformance")
    logger.logLevel = .critical
    let server = RPCServer(
        service: "conformance", version: "1", listener: .path(path, mode: 0o666), methods: methods, logger: logger)
    let running = Task { try await server.run() }
    do {
        let client = RPCClient(socketPath: path, service: "conformance", patience: .seconds(60), logger: logger)
        await #expect(throws: RPCError.self) { try await client.call(ConformanceRead.self, RPCNothing()) }
        await client.close()
        try await body(path)
    } catch {
        running.cancel()
        _ = await running.result
        throw error
    }
    running.cancel()
    try await running.value
}

/// Serves on an event loop, on a thread of its own, while `body` runs.
func withEventService(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let path = "/tmp/berth-conformance-\(UInt64.random(in: .min ... .max)).sock"
    let listener = clinux_unix_listen(path, 0o666, 16)
    var ends: [Int32] = [-1, -1]
    guard listener >= 0, clinux_unix_pair(&ends) == 0 else { throw RPCError(.unavailable, "Could not make the sockets.") }
    let (stop, stopping) = (ends[0], ends[1])
    async let served: Void = withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try serveEvents(listener: listener, until: stopping) }) }
    }
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(path))
    } catch {
        result = .failure(error)
    }
    close(stop)
    try await served
    close(stopping)
    unlink(path)
    try result.get()
}

private func serveEvents(listener: Int32, until stopping: Int32) throws {
    let loop = try EventLoop()
    let server = RPCEventServer(service: "conformance", version: "1", loop: loop)
    server.add(ConformanceEcho.self) { request, call in call.reply(.success(request)) }
    server.add(ConformanceOpen.self) { _, call in call.reply(.success(RPCNothing())) }
    server.add(ConformanceHang.self) { _, _ in }
    server.add(ConformanceRead.self) { _, call in
        let descriptors = call.takeDescriptors()
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = descriptors.first.map { read($0, &buffer, buffer.count) } ?? 0
        descriptors.forEach { close($0) }
        call.reply(.success(ConformanceRead.Response(text: String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))))
    }
    server.addStream(ConformanceSum.self) { _, stream in
        var sum = ConformanceSum.Response(items: 0, bytes: 0)
        stream.onItem = { chunk in
            sum.items += 1
            sum.bytes += chunk.bytes.count
        }
        stream.onInboundEnd = { stream.reply(.success(sum)) }
    }
    server.addStream(ConformanceProduce.self) { request, stream in
        var next = 0
        func produce() {
            while next < request.count, !stream.isWaiting {
                guard stream.send(ConformanceChunk(number: next, bytes: [UInt8](repeating: 1, count: request.size))) else { return }
                next += 1
            }
            if next == request.count { stream.reply(.success(ConformanceProduce.Response(sent: next))) }
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
