// One connection of a server on its event loop: bytes on one side, the session and the handlers' tasks on the other.
import Glibc
import Logging
import NIOCore
import RPC

/// Carries out what the session decides. Everything but the handlers happens on the channel's event loop.
final class ServerConnection: ConnectionEnd {
    typealias InboundIn = ByteBuffer

    private struct Call {
        /// Tells a call from a later one of the same stream.
        let serial: UInt64
        let task: Task<Void, Never>
        let queue: ItemQueue
        var outbox: ItemOutbox
        /// What ends the call, once the handler has returned and its items are out.
        var answer: RPCOutboundFrame?
    }

    private let service: ServedService
    private let peer: RPCPeer
    private let eventLoop: any EventLoop
    var context: ChannelHandlerContext?
    private var session: RPCServerSession
    var decoder: RPCFrameDecoder
    private let writer = FrameWriter()
    private var alarm = DeadlineAlarm()
    /// Closes the connection if no hello comes.
    private var handshake: Scheduled<Void>?
    private var calls: [UInt32: Call] = [:]
    private var nextSerial: UInt64 = 0
    var isReading = false
    private(set) var isClosing = false

    init(service: ServedService, peer: RPCPeer, eventLoop: any EventLoop) {
        self.service = service
        self.peer = peer
        self.eventLoop = eventLoop
        session = RPCServerSession(service: service.name, version: service.version, limits: service.limits, descriptors: 0)
        decoder = RPCFrameDecoder(limit: service.limits.frameBytes)
    }

    // MARK: The channel

    func fail(_ failure: RPCProtocolError) { act { $0.fail(failure, &$1) } }

    func drainAll() { for stream in calls.keys { drain(stream) } }

    func note(_ failure: any Error) { service.logger.debug("a connection failed", metadata: metadata(["error": "\(failure)"])) }

    func start() {
        act { $0.start(&$1) }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        handshake = eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: service.limits.handshake.clampedNanoseconds))) {
            guard bound.value.session.isGreeting, bound.value.context != nil else { return }
            bound.value.act { $0.fail(RPCProtocolError("sent no hello in time"), &$1) }
        }
    }

    func disconnected() {
        isClosing = true
        handshake?.cancel()
        alarm.cancel()
        act { $0.disconnect(&$1) }
    }

    func flush() {
        guard let context, !isReading else { return }
        writer.flush(context)
        let backlog = writer.backlog(context)
        guard backlog > service.limits.queuedBytes, !isClosing else { return }
        isClosing = true
        service.logger.warning("closed a connection that does not read", metadata: metadata(["bytes": "\(backlog)"]))
        context.close(promise: nil)
    }

    // MARK: The session

    func receive(_ frames: [RPCFrame]) {
        let now = NIODeadline.now().uptimeNanoseconds
        for frame in frames where !isClosing { act { $0.receive(frame, now: now, &$1) } }
        guard !session.isGreeting else { return }
        handshake?.cancel()
        handshake = nil
    }

    private func act(_ body: (inout RPCServerSession, inout [RPCServerSession.Action]) -> Void) {
        var actions: [RPCServerSession.Action] = []
        body(&session, &actions)
        for action in actions { perform(action) }
        setAlarm()
        flush()
    }

    private func perform(_ action: RPCServerSession.Action) {
        switch action {
        case .send(let frame): writer.append(frame)
        case .dispatch(let request): dispatch(request)
        case .item(let stream, let payload): calls[stream]?.queue.push(payload)
        case .itemsEnded(let stream): calls[stream]?.queue.finish(.success(()))
        case .creditGranted(let stream): drain(stream)
        case .cancel(let stream, let error): cancel(stream, error)
        case .close(let reason): close(reason)
        }
    }

    private func setAlarm() {
        guard !isClosing, let due = session.nextDeadline else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        alarm.set(due, on: eventLoop) {
            bound.value.alarm.fired()
            bound.value.act { $0.expire(now: NIODeadline.now().uptimeNanoseconds, &$1) }
        }
    }

    private func close(_ reason: String?) {
        if let reason { service.logger.warning("closed a connection", metadata: metadata(["reason": "the peer \(reason)"])) }
        isClosing = true
        guard let context else { return }
        let closed = eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        writer.flush(context, promise: closed)
        // A peer that doesn't read its answer isn't waited for.
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }

    private func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["pid": "\(peer.pid)", "uid": "\(peer.uid)"]) { own, _ in own }
    }

    // MARK: Calls

    private func dispatch(_ request: RPCIncomingRequest) {
        guard let entry = service.methods[request.method] else {
            return refuse(request, .unknownMethod(request.method, service: service.name, version: service.version))
        }
        guard entry.access.admits(peer, ownUID: geteuid(), servedUIDs: service.servedUIDs) else {
            return refuse(request, RPCAccess.refusal(of: request.method, to: peer))
        }
        start(request, entry)
    }

    private func refuse(_ request: RPCIncomingRequest, _ error: RPCError) {
        act { $0.finish(stream: request.stream, with: .error(error), &$1) }
    }

    private func start(_ request: RPCIncomingRequest, _ entry: RPCMethodTable.Entry) {
        nextSerial += 1
        let (serial, stream) = (nextSerial, request.stream)
        let ends = makeEnds(stream: stream, serial: serial)
        if entry.isStream { session.acceptItems(stream: stream) } else { ends.queue.finish(.success(())) }
        var context = request.context
        context.peer = peer
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let task = service.tasks.run { [eventLoop, service, context] in
            let answer = await entry.answer(request, context, ends, logger: service.logger)
            eventLoop.execute { bound.value.handlerEnded(stream, serial, answer) }
        }
        calls[stream] = Call(serial: serial, task: task, queue: ends.queue, outbox: ItemOutbox(sender: ends.sender))
    }

    private func makeEnds(stream: UInt32, serial: UInt64) -> StreamEnds {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let queue = ItemQueue(window: service.limits.streamWindow) { [eventLoop] cost in
            eventLoop.execute { bound.value.consumed(cost, stream, serial) }
        }
        let sender = ItemSender { [eventLoop] frame in
            eventLoop.execute { bound.value.send(item: frame, stream, serial) }
        }
        return StreamEnds(queue: queue, sender: sender, frameLimit: session.peerFrameLimit)
    }

    private func consumed(_ cost: Int, _ stream: UInt32, _ serial: UInt64) {
        guard calls[stream]?.serial == serial else { return }
        act { $0.consumed(cost, stream: stream, &$1) }
    }

    private func send(item frame: RPCOutboundFrame, _ stream: UInt32, _ serial: UInt64) {
        guard calls[stream]?.serial == serial else { return }
        calls[stream]?.outbox.append(frame)
        drain(stream)
        flush()
    }

    private func handlerEnded(_ stream: UInt32, _ serial: UInt64, _ answer: RPCOutboundFrame) {
        guard calls[stream]?.serial == serial else { return session.stragglerEnded() }
        calls[stream]?.answer = answer
        drain(stream)
    }

    /// Sends what credit and the socket allow, and the answer after the last item.
    private func drain(_ stream: UInt32) {
        guard var call = calls[stream], let context else { return }
        call.outbox.drain { item in
            guard context.channel.isWritable else { return false }
            var actions: [RPCServerSession.Action] = []
            guard session.send(item: item, stream: stream, &actions) == .sent else { return false }
            for action in actions { perform(action) }
            return true
        }
        calls[stream] = call
        guard call.outbox.isEmpty, let answer = call.answer else { return }
        calls[stream] = nil
        call.queue.finish(.success(()))
        act { $0.finish(stream: stream, with: answer, &$1) }
    }

    private func cancel(_ stream: UInt32, _ error: RPCError) {
        guard var call = calls.removeValue(forKey: stream) else { return session.stragglerEnded() }
        call.queue.finish(.failure(error))
        call.outbox.end(error)
        // A handler that has returned already only waited for its items to be read.
        if call.answer != nil { session.stragglerEnded() } else { call.task.cancel() }
    }
}
