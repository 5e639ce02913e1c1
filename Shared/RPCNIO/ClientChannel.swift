// One connection of a client on its event loop: bytes on one side, the session and the callers on the other.
import Logging
import NIOCore
import RPC

/// Carries out what the session decides. Everything happens on the channel's event loop.
final class ClientChannel: ConnectionEnd {
    typealias InboundIn = ByteBuffer
    typealias CallID = RPCClientSession.CallID

    private struct Call {
        let outgoing: OutgoingCall
        var outbox: ItemOutbox?
        var endsItems = false
    }

    private let eventLoop: any EventLoop
    private let limits: RPCLimits
    private let logger: Logger
    private let ready: EventLoopPromise<RPCHello>
    var context: ChannelHandlerContext?
    private var session: RPCClientSession
    var decoder: RPCFrameDecoder
    private var output: DescriptorWriter
    private var alarm = DeadlineAlarm()
    /// Closes the connection if no hello comes.
    private var handshake: Scheduled<Void>?
    private var calls: [CallID: Call] = [:]
    private var pings: CircularBuffer<EventLoopPromise<Void>> = []
    var isReading = false
    private(set) var isClosing = false

    /// `ready` is completed with the peer's hello, or with the error that prevented it. `socket` is the channel's descriptor.
    init(
        session: RPCClientSession, limits: RPCLimits, logger: Logger, socket: Int32, eventLoop: any EventLoop,
        ready: EventLoopPromise<RPCHello>
    ) {
        self.session = session
        self.limits = limits
        self.logger = logger
        self.eventLoop = eventLoop
        self.ready = ready
        output = DescriptorWriter(socket: socket)
        decoder = RPCFrameDecoder(limit: limits.frameBytes)
    }

    // MARK: From the tasks

    func open(_ call: OutgoingCall) {
        guard !call.cancellation.isSet else {
            return call.onFinish(.failure(RPCError(.cancelled, "The request was cancelled.")))
        }
        noticeHangUp()
        calls[call.id] = Call(outgoing: call, outbox: call.sender.map(ItemOutbox.init))
        let now = NIODeadline.now().uptimeNanoseconds
        act { $0.open(call.id, call.frame, isStream: call.queue != nil, timeout: call.timeout, now: now, &$1) }
    }

    // An idle connection to a service that was restarted looks open until the loop has read its end. Looking first keeps a request
    // from being sent to nobody, where a reconnecting client can still send it over another connection.
    private func noticeHangUp() {
        guard session.callCount == 0, !isClosing, output.isHungUp else { return }
        disconnected()
        context?.close(promise: nil)
    }

    /// Ignores a call that has ended. One that isn't here yet is found cancelled when it arrives.
    func cancel(_ id: CallID) {
        act { $0.cancel(id, &$1) }
    }

    func send(item frame: RPCOutboundFrame, _ id: CallID) {
        guard calls[id] != nil else { return }
        calls[id]?.outbox?.append(frame)
        drain(id)
        flush()
    }

    func endItems(_ id: CallID) {
        guard calls[id] != nil else { return }
        calls[id]?.endsItems = true
        drain(id)
        flush()
    }

    func consumed(_ cost: Int, _ id: CallID) {
        act { $0.consumed(cost, call: id, &$1) }
    }

    func ping(_ promise: EventLoopPromise<Void>) {
        guard !isClosing else { return promise.fail(RPCError(.unavailable, "The connection is closed.")) }
        pings.append(promise)
        act { $0.ping([], &$1) }
    }

    // MARK: The channel

    func fail(_ failure: RPCProtocolError) { act { $0.fail(failure, &$1) } }

    func drainAll() { for id in calls.keys { drain(id) } }

    func note(_ failure: any Error) { logger.debug("a connection failed", metadata: ["error": "\(failure)"]) }

    func start() {
        act { $0.start(&$1) }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        handshake = eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: limits.handshake.clampedNanoseconds))) {
            guard bound.value.session.isGreeting, bound.value.context != nil else { return }
            bound.value.act { $0.fail(RPCProtocolError("sent no hello in time"), &$1) }
        }
    }

    func disconnected() {
        isClosing = true
        handshake?.cancel()
        alarm.cancel()
        act { $0.disconnect(nil, &$1) }
        let error = RPCError(.unavailable, "The connection was closed.")
        ready.fail(error)
        while let ping = pings.popFirst() { ping.fail(error) }
        output.close()
    }

    // MARK: The session

    func receive(_ frames: [RPCFrame]) {
        for frame in frames where !isClosing { act { $0.receive(frame, &$1) } }
        guard !session.isGreeting else { return }
        handshake?.cancel()
        handshake = nil
    }

    private func act(_ body: (inout RPCClientSession, inout [RPCClientSession.Action]) -> Void) {
        var actions: [RPCClientSession.Action] = []
        body(&session, &actions)
        for action in actions { perform(action) }
        setAlarm()
        flush()
    }

    private func perform(_ action: RPCClientSession.Action) {
        switch action {
        case .send(let frame, let id): send(frame, id)
        case .ready(let hello): ready.succeed(hello)
        case .finished(let id, let outcome): finish(id, outcome)
        case .item(let id, let payload): calls[id]?.outgoing.queue?.push(payload)
        case .creditGranted(let id): drain(id)
        case .pong: pings.popFirst()?.succeed()
        case .close(let reason): close(reason)
        }
    }

    private func send(_ frame: RPCOutboundFrame, _ id: CallID?) {
        let outgoing = id.flatMap { calls[$0]?.outgoing }
        output.append(frame, descriptors: frame.descriptorCount > 0 ? outgoing?.descriptors : nil)
        if frame.isRequest { outgoing?.onSent?() }
    }

    private func finish(_ id: CallID, _ outcome: RPCClientSession.Outcome) {
        guard var call = calls.removeValue(forKey: id) else { return }
        switch outcome {
        case .response:
            call.outgoing.queue?.finish(.success(()))
            call.outbox?.end(RPCError(.cancelled, "The call has ended."))
        case .failure(let error), .unsent(let error):
            call.outgoing.queue?.finish(.failure(error))
            call.outbox?.end(error)
        }
        call.outgoing.onFinish(outcome)
    }

    /// Sends what credit and the socket allow, and the end after the last item.
    private func drain(_ id: CallID) {
        guard var call = calls[id], let context else { return }
        call.outbox?.drain { item in
            guard context.channel.isWritable else { return false }
            var actions: [RPCClientSession.Action] = []
            guard session.send(item: item, call: id, &actions) == .sent else { return false }
            for action in actions { perform(action) }
            return true
        }
        calls[id] = call
        guard call.endsItems, call.outbox?.isEmpty != false else { return }
        var actions: [RPCClientSession.Action] = []
        guard session.endItems(call: id, &actions) else { return }
        calls[id]?.endsItems = false
        for action in actions { perform(action) }
    }

    private func setAlarm() {
        guard !isClosing, let due = session.nextDeadline else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        alarm.set(due, on: eventLoop) {
            bound.value.alarm.fired()
            bound.value.act { $0.expire(now: NIODeadline.now().uptimeNanoseconds, &$1) }
        }
    }

    // MARK: Writing and closing

    func flush() {
        guard let context, !isReading else { return }
        output.flush(context) { [weak self] in self?.flush() }
        let backlog = output.backlog(context)
        guard backlog > limits.queuedBytes, !isClosing else { return }
        close("does not read: \(backlog) bytes are waiting for it")
    }

    private func close(_ reason: String?) {
        if let reason { logger.warning("closed a connection", metadata: ["reason": "the peer \(reason)"]) }
        isClosing = true
        ready.fail(RPCError(.unavailable, "The peer \(reason ?? "closed the connection")."))
        guard let context else { return }
        output.flush(context) {}
        // What is being written may go out, but a peer that doesn't read isn't waited for.
        let flushed = eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: flushed)
        flushed.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }
}
