// The same methods over epoll, on a thread of its own, as a shim has it in a process of its own.
import CLinux
import Foundation
import Glibc
import Linux
import RPC
import RPCEpoll
import RPCNIO
import Synchronization
import Testing

/// Serves on a thread until `stop`.
final class TestEventService: Sendable {
    let path = temporarySocketPath()
    let witness = Witness()
    private let stopping: Int32
    private let stopped = Mutex(false)

    init(limits: RPCLimits = .standard) throws {
        var pair: [Int32] = [-1, -1]
        try #require(clinux_unix_pair(&pair) == 0)
        stopping = pair[0]
        let listener = clinux_unix_listen(path, 0o600, 16)
        try #require(listener >= 0)
        let (signal, witness) = (pair[1], witness)
        let thread = Thread { [self] in
            do {
                try Self.serve(listener: listener, until: signal, limits, witness)
            } catch {
                witness.note("failed: \(error)")
            }
            close(signal)
            stopped.withLock { $0 = true }
        }
        thread.start()
    }

    func stop() async throws {
        close(stopping)
        try await eventually("the end of the thread") { stopped.withLock { $0 } }
        unlink(path)
    }

    func connect(limits: RPCLimits = .standard) async throws -> RPCConnection {
        try await RPCConnection.connect(path: path, expecting: "event", limits: limits, logger: quietLogger())
    }

    /// Runs the service while `body` runs.
    static func run(limits: RPCLimits = .standard, _ body: (TestEventService) async throws -> Void) async throws {
        let service = try TestEventService(limits: limits)
        do {
            try await body(service)
        } catch {
            try await service.stop()
            throw error
        }
        try await service.stop()
    }

    private static func serve(listener: Int32, until signal: Int32, _ limits: RPCLimits, _ witness: Witness) throws {
        let loop = try EventLoop()
        let server = RPCEventServer(service: "event", version: "9", loop: loop, limits: limits)
        addCalls(to: server, witness)
        addStreams(to: server, loop, witness)
        server.onLog = { witness.note($0.contains("protocol") || $0.contains("closed") ? "closed" : $0) }
        server.onConnectionCountChange = { witness.set("connections", $0) }
        try server.listen(fd: listener)
        try loop.add(signal, .readable) { _ in loop.stop() }
        try loop.run()
        server.close()
        loop.remove(signal)
    }

    private static func addCalls(to server: RPCEventServer, _ witness: Witness) {
        server.add(Echo.self) { request, call in call.reply(.success(request)) }
        server.add(Fail.self) { request, call in call.reply(.failure(request)) }
        server.add(Hang.self) { _, call in
            witness.note("hanging")
            call.onCancel = { witness.note("stopped") }
        }
        server.add(WhoAmI.self) { _, call in
            let context = call.context
            call.reply(
                .success(
                    WhoAmI.Response(
                        pid: context.peer?.pid ?? 0, uid: context.peer?.uid ?? .max, trace: context.traceID,
                        timeout: context.timeoutNanoseconds)))
        }
        server.add(ReadDescriptors.self) { request, call in
            let descriptors = request.padding == [0] ? [] : call.takeDescriptors()
            var contents: [String] = []
            for descriptor in descriptors {
                var buffer = [UInt8](repeating: 0, count: 64)
                let count = read(descriptor, &buffer, buffer.count)
                contents.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
                if fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0 { contents.append("inheritable") }
                close(descriptor)
            }
            call.reply(.success(ReadDescriptors.Response(contents: contents)))
        }
    }

    private static func addStreams(to server: RPCEventServer, _ loop: EventLoop, _ witness: Witness) {
        server.addStream(Produce.self) { request, stream in
            for number in 0..<request.count {
                let chunk = Chunk(number: number, bytes: [UInt8](repeating: 1, count: request.size))
                guard stream.send(chunk) else { return witness.note("overrun") }
            }
            stream.reply(request.fails ? .failure(RPCError(.conflict, "on purpose")) : .success(Produce.Response(sent: request.count)))
        }
        server.addStream(Sum.self) { _, stream in
            var sum = Sum.Response(items: 0, bytes: 0, inOrder: true)
            stream.onItem = { chunk in
                sum.inOrder = sum.inOrder && chunk.number == sum.items
                sum.items += 1
                sum.bytes += chunk.bytes.count
            }
            stream.onInboundEnd = { stream.reply(.success(sum)) }
            stream.onCancel = { witness.note("stopped") }
        }
    }
}

extension Witness {
    func set(_ name: String, _ value: Int) { note(name, add: value - count(name)) }
}
