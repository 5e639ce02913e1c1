// Lets one response on an HTTP/1.1 connection turn it into a raw byte stream, as Docker's attach and exec do.
import Contracts
import Glibc
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOSSL
import RPC

/// Carries out what `ConnectionStateMachine` decides. It sits directly below the channel's async wrapper.
///
/// A route calls `arm(on:)` for the client's future bytes and answers with a head that has `marker`: then the HTTP codec leaves
/// the pipeline, inbound bytes go to the armed sequence, outbound body parts leave unframed, and the end of the body closes.
final class HijackHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Names a response head that takes the connection over; it isn't sent.
    static let marker = HTTPField.Name.hijack

    private static let lingerTime = TimeAmount.milliseconds(HandedClient.lingerTime)

    private let halfClose: HalfCloseHolder
    private let meter: HeadMeter
    private var machine = ConnectionStateMachine()
    private var source: HijackedBytes.Source?
    private var context: ChannelHandlerContext?
    private var departed = false
    /// What the client sent beyond its request, while its connection is being let go.
    private var surplus = ByteBuffer()
    /// A request has begun, and its body has not ended.
    private var bodyIsOpen = false
    private var onDeparture: (@Sendable () -> Void)?

    /// Both handlers are at the pipeline's front.
    init(_ halfClose: HalfCloseHolder, _ meter: HeadMeter) {
        self.halfClose = halfClose
        self.meter = meter
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        source?.finish()
        if !machine.isSurrendered { reportDeparture() }
    }

    /// The client's bytes from the switch on. Called on the event loop.
    func arm(on eventLoop: any EventLoop) -> HijackedBytes {
        let made = NIOThrowingAsyncSequenceProducer.makeSequence(
            elementType: ByteBuffer.self,
            backPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(lowWatermark: 2, highWatermark: 10),
            finishOnDeinit: true,
            delegate: HijackDemand(self, on: eventLoop)
        )
        source = made.source
        machine.arm()
        return made.sequence
    }

    /// Has `action` called once, when the client leaves or the server shuts down; nil takes it back. Called on the event loop.
    func watchDeparture(_ action: (@Sendable () -> Void)?) {
        onDeparture = action
        if departed { reportDeparture() }
    }

    private func reportDeparture() {
        departed = true
        onDeparture?()
        onDeparture = nil
    }

    func consumerWantsMore() {
        if machine.consumerWantsMore() == .read { context?.read() }
    }

    func read(context: ChannelHandlerContext) {
        if machine.read() == .read { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case _ where machine.isLingering:
            break
        case .body(let buffer) where machine.isRaw:
            if let source, case .stopProducing = source.yield(buffer) { machine.consumerBecameFull() }
        case .body(let buffer) where machine.isSurrendered:
            surplus.writeImmutableBuffer(buffer)
        case .head(let head):
            bodyIsOpen = true
            meter.headEnded()
            let hasUpgrade = head.headerFields[.upgrade] != nil
            if hasUpgrade { halfClose.hold() }
            machine.readHead(hasUpgrade: hasUpgrade, saysClose: head.headerFields.saysClose)
            context.fireChannelRead(data)
        case .body:
            context.fireChannelRead(data)
        case .end:
            bodyIsOpen = false
            meter.bodyEnded()
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if machine.isLingering { context.read() }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            switch machine.quiesce() {
            case .close: context.close(promise: nil)
            case .reportDeparture: reportDeparture()
            }
            return
        }
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch machine.inputClosed() {
        case .finishBytes:
            source?.finish()
        case .reportDeparture:
            reportDeparture()
            context.fireUserInboundEventTriggered(event)
        case .close:
            context.close(promise: nil)
        case .none:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        source?.finish()
        if !machine.isSurrendered { reportDeparture() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        source?.finish(error)
        guard !machine.isLingering else { return }
        let isFromClient = !(error is IOError || error is ChannelError)
        guard isFromClient, !machine.isRaw, !machine.isBusy else {
            context.fireErrorCaught(error)
            // A body that breaks off can't be answered: whoever reads it would wait for the rest for ever.
            if isFromClient, !machine.isRaw, bodyIsOpen { context.close(promise: nil) }
            return
        }
        refuse(context: context, RequestRefusal(error))
    }

    /// Answers what can't be parsed, and closes.
    private func refuse(context: ChannelHandlerContext, _ refusal: RequestRefusal) {
        machine.refuse()
        context.write(wrapOutboundOut(.head(refusal.head)), promise: nil)
        context.write(wrapOutboundOut(.body(refusal.body)), promise: nil)
        writeLast(.end(nil), context: context, promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            writeHead(head, context: context, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end(let trailers):
            meter.responseEnded()
            switch machine.writeEnd() {
            case .forward: context.write(data, promise: promise)
            case .forwardAndLinger: writeLast(.end(trailers), context: context, promise: promise)
            case .flushAndLinger: writeLast(.body(ByteBuffer()), context: context, promise: promise)
            }
        }
    }

    private func writeHead(_ head: HTTPResponse, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let action = machine.writeHead(
            takesOver: head.headerFields[Self.marker] != nil, isInformational: head.status.kind == .informational,
            saysClose: head.headerFields.saysClose)
        switch action {
        case .forward:
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .forwardClosing:
            var closing = head
            closing.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(closing)), promise: promise)
        case .becomeRaw(let inputIsFinished):
            becomeRaw(head, inputIsFinished: inputIsFinished, context: context, promise: promise)
        }
    }

    /// Writes the last part, and closes once everything has left; `close` alone would drop what is queued.
    private func writeLast(_ part: HTTPResponsePart, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        source?.finish()
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { [self] _ in linger() }
        context.writeAndFlush(wrapOutboundOut(part), promise: written)
    }

    private func linger() {
        guard let context else { return }
        switch machine.linger() {
        case .close:
            context.close(promise: nil)
        case .closeOutput:
            context.close(mode: .output, promise: nil)
            context.read()
            let channel = context.channel
            context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
        }
    }

    /// The server is through with this connection. It closes once everything has left: where the client has ended its side, closing the
    /// output would close all at once, and drop what is queued. A client may also be in the middle of a body that its route gave up, and
    /// would wait for ever for someone to read it.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .output = mode else { return context.close(mode: mode, promise: promise) }
        switch machine.finishOutput() {
        case .forward: return context.close(mode: mode, promise: promise)
        case .flushAndLinger: writeLast(.body(ByteBuffer()), context: context, promise: nil)
        case .none: break
        }
        promise?.succeed()
    }

    private func becomeRaw(
        _ head: HTTPResponse, inputIsFinished: Bool, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        do {
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.replaceHTTPWithRawBytes()
            meter.becomeRaw()
            context.writeAndFlush(wrapOutboundOut(.body(head.rawBytes(omitting: Self.marker))), promise: promise)
            // Last: removing the decoder hands up the bytes it holds beyond the request.
            let removed = context.eventLoop.makePromise(of: Void.self)
            pipeline.removeHandler(context: decoder, promise: removed)
            removed.futureResult.assumeIsolated().whenComplete { [halfClose, source] _ in
                halfClose.release()
                if inputIsFinished { source?.finish() }
            }
        } catch {
            promise?.fail(error)
            context.fireErrorCaught(error)
        }
    }
}

/// Letting go of a connection.
extension HijackHandler {
    /// Takes the socket out of the server's hands, to be served by somebody else; nil where its bytes aren't the client's own, as
    /// under TLS. The server's side closes, and no response can be sent any more. Called on the event loop.
    func surrender() throws -> EventLoopFuture<SurrenderedConnection?> {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        guard let socket = try duplicate(context) else { return context.eventLoop.makeSucceededFuture(nil) }
        let pipeline = context.pipeline.syncOperations
        let decoder = try pipeline.replaceHTTPWithRawBytes()
        machine.surrender()
        meter.becomeRaw()
        let (removed, left) = (context.eventLoop.makePromise(of: Void.self), context.eventLoop.makePromise(of: SurrenderedConnection?.self))
        // Removing the decoder hands up the bytes it holds beyond the request. Nothing is read between that and the close.
        pipeline.removeHandler(context: decoder, promise: removed)
        removed.futureResult.assumeIsolated().whenComplete { [self] _ in
            self.context?.close(promise: nil)
            left.succeed(SurrenderedConnection(socket: socket, input: surplus))
        }
        return left.futureResult
    }

    private func duplicate(_ context: ChannelHandlerContext) throws -> SocketEnd? {
        let pipeline = context.pipeline.syncOperations
        guard (try? pipeline.context(handlerType: NIOSSLServerHandler.self)) == nil else { return nil }
        let copy = try pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        guard let copy else { return nil }
        guard copy >= 0 else { throw RPCError(.unavailable, "too many open files; close some clients and try again") }
        return SocketEnd(copy)
    }
}
