// A connection to a service, and the calls on it.
import CLinux
import Glibc
import Logging
import NIOCore
import NIOPosix
import RPC
import Synchronization

/// One connection over a Unix socket. Any number of tasks may call on it at the same time; the calls are answered in any order.
///
/// When the connection is lost, every call in flight fails with `RPCError(.unavailable)` at once. It doesn't reconnect: `RPCClient` does.
public final class RPCConnection: Sendable {
    /// The process that listens, as the kernel reports it.
    public let peer: RPCPeer
    /// What the service said of itself.
    public let hello: RPCHello
    private let channel: any Channel
    private let handler: NIOLoopBound<ClientChannel>
    private let limits: RPCLimits
    private let nextCall = Atomic<UInt64>(0)

    init(peer: RPCPeer, hello: RPCHello, channel: any Channel, handler: NIOLoopBound<ClientChannel>, limits: RPCLimits) {
        self.peer = peer
        self.hello = hello
        self.channel = channel
        self.handler = handler
        self.limits = limits
    }

    deinit { startClosing() }

    public var isOpen: Bool { channel.isActive }

    /// Connects and exchanges hellos. Throws `RPCError(.unavailable)` when nobody listens or who does is not `service`.
    public static func connect(
        path: String, expecting service: String? = nil, limits: RPCLimits = .standard, logger: Logger
    ) async throws -> RPCConnection {
        let socket = try await ConnectingSocket.connect(path, service: service)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let ready = eventLoop.makePromise(of: RPCHello.self)
        let (channel, handler): (any Channel, NIOLoopBound<ClientChannel>)
        do {
            (channel, handler) = try await open(socket.descriptor, service, limits, logger, eventLoop, ready)
        } catch {
            ready.fail(error)
            throw RPCError(.unavailable, "Could not use the connection to \(path): \(error)")
        }
        let hello = try await withTaskCancellationHandler {
            try await ready.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        return RPCConnection(peer: socket.peer, hello: hello, channel: channel, handler: handler, limits: limits)
    }

    /// Calls a method. `descriptors` go with the request by `SCM_RIGHTS` and stay open here.
    ///
    /// Throws the callee's `RPCError`, or one of its own: `unavailable` when the connection is lost, `deadlineExceeded` when the context's
    /// time limit passes, `cancelled` when the task is cancelled. In the latter two cases the callee is told to stop.
    public func call<M: RPCMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh(), descriptors: [Int32] = []
    ) async throws -> M.Response {
        switch try await attempt(method, request, context, descriptors) {
        case .response(let payload): try payload.decode(M.Response.self)
        case .failure(let error), .unsent(let error): throw error
        }
    }

    /// Opens a call with items; returns when the request has been sent.
    public func stream<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh()
    ) async throws -> RPCClientStream<M> {
        switch try await attemptStream(method, request, context) {
        case .opened(let stream): return stream
        case .failed(let error), .unsent(let error): throw error
        }
    }

    /// Returns once the peer has answered a ping. Throws `RPCError(.unavailable)` when the connection is lost.
    public func ping() async throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        perform { $0.ping(promise) }
        try await promise.futureResult.get()
    }

    /// Returns when the connection is closed or the task is cancelled.
    public func waitUntilClosed() async {
        let (closed, continuation) = AsyncStream<Void>.makeStream()
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        for await _ in closed {}
    }

    /// Closes the connection; the calls in flight fail with `unavailable`.
    public func close() async {
        startClosing()
        await waitUntilClosed()
    }

    func startClosing() { channel.close(promise: nil) }

    private static func open(
        _ descriptor: Int32, _ service: String?, _ limits: RPCLimits, _ logger: Logger, _ eventLoop: any EventLoop,
        _ ready: EventLoopPromise<RPCHello>
    ) async throws -> (any Channel, NIOLoopBound<ClientChannel>) {
        let session = RPCClientSession(caller: ProgramName.own, version: "", expecting: service, limits: limits)
        return try await ClientBootstrap(group: eventLoop)
            .channelOption(.writeBufferWaterMark, value: .init(low: WaterMarks.low, high: WaterMarks.high))
            .withConnectedSocket(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ClientChannel(
                        session: session, limits: limits, logger: logger, socket: descriptor, eventLoop: eventLoop, ready: ready)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, NIOLoopBound(handler, eventLoop: eventLoop))
                }
            }
    }

    // MARK: For streams and the reconnecting client

    func perform(_ body: @escaping @Sendable (ClientChannel) -> Void) {
        handler.eventLoop.execute { [handler] in body(handler.value) }
    }

    /// Tells a request that was never sent from one that may have been carried out.
    func attempt<M: RPCMethod>(
        _ method: M.Type, _ request: M.Request, _ context: RPCContext, _ descriptors: [Int32]
    ) async throws -> RPCClientSession.Outcome {
        let frame = try RPCOutboundFrame.request(
            method: M.name, context: RPCScope.applied(to: context), descriptorCount: descriptors.count, request)
        let passed = descriptors.isEmpty ? nil : try PassedDescriptors(duplicating: descriptors)
        let (id, cancellation) = (nextID(), CancellationFlag())
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let call = OutgoingCall(
                    id: id, cancellation: cancellation, frame: frame, timeout: context.timeoutNanoseconds, descriptors: passed,
                    queue: nil, sender: nil, onSent: nil, onFinish: { continuation.resume(returning: $0) })
                perform { $0.open(call) }
            }
        } onCancel: {
            cancellation.set()
            perform { $0.cancel(id) }
        }
    }

    enum StreamAttempt<M: RPCStreamMethod> {
        case opened(RPCClientStream<M>)
        case failed(RPCError)
        case unsent(RPCError)
    }

    func attemptStream<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, _ context: RPCContext
    ) async throws -> StreamAttempt<M> {
        let frame = try RPCOutboundFrame.request(
            method: M.name, context: RPCScope.applied(to: context), credit: limits.streamWindow, request)
        let (id, cancellation) = (nextID(), CancellationFlag())
        let queue = ItemQueue(window: limits.streamWindow) { [handler] cost in
            handler.eventLoop.execute { handler.value.consumed(cost, id) }
        }
        let sender = ItemSender { [handler] frame in
            handler.eventLoop.execute { handler.value.send(item: frame, id) }
        }
        let sent = channel.eventLoop.makePromise(of: RPCClientSession.Outcome?.self)
        let finished = channel.eventLoop.makePromise(of: RPCClientSession.Outcome.self)
        let call = OutgoingCall(
            id: id, cancellation: cancellation, frame: frame, timeout: context.timeoutNanoseconds, descriptors: nil,
            queue: queue, sender: sender, onSent: { sent.succeed(nil) },
            onFinish: { outcome in
                sent.succeed(outcome)
                finished.succeed(outcome)
            })
        perform { $0.open(call) }
        let early = try await withTaskCancellationHandler {
            try await sent.futureResult.get()
        } onCancel: {
            cancellation.set()
            perform { $0.cancel(id) }
        }
        switch early {
        case .failure(let error): return .failed(error)
        case .unsent(let error): return .unsent(error)
        case .response, nil:
            return .opened(RPCClientStream(connection: self, id: id, queue: queue, sender: sender, outcome: finished.futureResult))
        }
    }

    private func nextID() -> RPCClientSession.CallID {
        RPCClientSession.CallID(serial: nextCall.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}
