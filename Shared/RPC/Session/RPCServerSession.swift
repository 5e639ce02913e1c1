// The callee's end of a connection as a pure state machine: frames and time in, actions out.

/// Everything the protocol demands of a server, for whatever carries the bytes. The owner reads the clock, performs the actions in
/// order, and after `.close` neither reads nor sends any more.
public struct RPCServerSession: Sendable {
    public enum Action {
        case send(RPCOutboundFrame)
        /// Carry out a request; ends with `finish`. A stream method's handler calls `acceptItems` first.
        case dispatch(RPCIncomingRequest)
        /// An item from the caller; `consumed` gives its cost back once it has been used.
        case item(stream: UInt32, RPCPayload)
        /// The caller sends no more items.
        case itemsEnded(stream: UInt32)
        /// Items may be sent again.
        case creditGranted(stream: UInt32)
        /// The call is over for its caller: stop, and call `stragglerEnded` once it has stopped instead of `finish`.
        case cancel(stream: UInt32, RPCError)
        /// Close the connection, once what was sent is written. A reason is worth a line in the log.
        case close(reason: String?)
    }

    /// How an item fared.
    public enum Sending {
        case sent
        /// Wait for `.creditGranted` and try again.
        case noCredit
        /// The call is over.
        case ended
    }

    private enum Phase { case greeting, open(RPCHello), closed }

    private struct Call {
        var credit: RPCCredit
        /// nil for a call without a stream.
        var window: RPCWindow?
        var callerSends = true
    }

    private let hello: RPCHello
    private let limits: RPCLimits
    private var phase = Phase.greeting
    private var calls: [UInt32: Call] = [:]
    private var deadlines = RPCDeadlines<UInt32>()
    /// Handlers still running though their calls are over. The caller doesn't know of them, so they have a limit of their own.
    private var stragglers = 0

    /// `descriptors` is how many a request may bring; 0 on a transport that can't receive them.
    public init(service: String, version: String, limits: RPCLimits, descriptors: Int) {
        self.limits = limits
        hello = RPCHello(
            service: service, serviceVersion: version, limits: limits, descriptors: descriptors,
            requestsInFlight: limits.requestsInFlight)
    }

    /// What the peer said of itself, once it has.
    public var peerHello: RPCHello? {
        guard case .open(let hello) = phase else { return nil }
        return hello
    }

    public var isGreeting: Bool {
        if case .greeting = phase { return true }
        return false
    }

    public var callCount: Int { calls.count }

    /// When `expire` is wanted next.
    public var nextDeadline: UInt64? { mutating get { deadlines.next } }

    /// Opens the conversation.
    public mutating func start(_ actions: inout [Action]) {
        do {
            actions.append(.send(try hello.frame()))
        } catch {
            close("could not say hello: \(error)", &actions)
        }
    }

    public mutating func receive(_ frame: RPCFrame, now: UInt64, _ actions: inout [Action]) {
        guard frame.kind == .request || frame.descriptorCount == 0 else {
            return close("sent descriptors with a \(frame.kind) frame", &actions)
        }
        switch phase {
        case .closed: return
        case .greeting: greet(frame, &actions)
        case .open: handle(frame, now: now, &actions)
        }
    }

    /// The bytes received are no frames of this protocol.
    public mutating func fail(_ error: RPCProtocolError, _ actions: inout [Action]) {
        if case .closed = phase { return }
        if let answer = error.answer { actions.append(.send(.error(answer))) }
        close(error.reason, &actions)
    }

    /// The connection is gone, or is to go: every handler stops.
    public mutating func disconnect(_ actions: inout [Action]) {
        if case .closed = phase { return }
        phase = .closed
        let error = RPCError(.cancelled, "The caller is gone.")
        for stream in calls.keys { actions.append(.cancel(stream: stream, error)) }
        stragglers += calls.count
        calls.removeAll()
    }

    /// Ends calls that are out of time.
    public mutating func expire(now: UInt64, _ actions: inout [Action]) {
        while let stream = deadlines.takeExpired(at: now) {
            abandon(stream, RPCError(.deadlineExceeded, "The request took longer than its time limit."), &actions)
        }
    }

    /// Lets the caller of this stream send items, as many as the hello said.
    public mutating func acceptItems(stream: UInt32) {
        calls[stream]?.window = RPCWindow(size: limits.streamWindow)
    }

    /// Sends an item to the caller if there is credit.
    public mutating func send(item frame: RPCOutboundFrame, stream: UInt32, _ actions: inout [Action]) -> Sending {
        guard var call = calls[stream] else { return .ended }
        guard call.credit.spend(frame.itemCost) else { return .noCredit }
        calls[stream] = call
        actions.append(.send(frame.numbered(stream)))
        return .sent
    }

    /// Items of this cost have been used.
    public mutating func consumed(_ cost: Int, stream: UInt32, _ actions: inout [Action]) {
        guard let credit = calls[stream]?.window?.consume(cost), calls[stream]?.callerSends == true else { return }
        actions.append(.send(.credit(credit, stream: stream)))
    }

    /// Sends the response or error frame that ends a call.
    public mutating func finish(stream: UInt32, with frame: RPCOutboundFrame, _ actions: inout [Action]) {
        guard calls.removeValue(forKey: stream) != nil else { return }
        deadlines.remove(stream)
        actions.append(.send(frame.numbered(stream)))
    }

    /// A handler has ended after its call was cancelled.
    public mutating func stragglerEnded() { stragglers -= 1 }

    /// The largest frame the peer takes.
    public var peerFrameLimit: Int { peerHello?.frameBytes ?? limits.frameBytes }

    // MARK: Frames

    private mutating func greet(_ frame: RPCFrame, _ actions: inout [Action]) {
        do throws(RPCProtocolError) {
            phase = .open(try RPCHello(frame: frame))
        } catch {
            fail(error, &actions)
        }
    }

    private mutating func handle(_ frame: RPCFrame, now: UInt64, _ actions: inout [Action]) {
        switch frame.kind {
        case .request: request(frame, now: now, &actions)
        case .item: item(frame, &actions)
        case .itemsEnd: itemsEnd(frame, &actions)
        case .cancel: abandon(frame.stream, RPCError(.cancelled, "The request was cancelled."), &actions)
        case .credit: grant(frame, &actions)
        case .ping: ping(frame, &actions)
        case .pong: break
        case .hello, .response, .error: close("sent a \(frame.kind) frame, which is not a client's", &actions)
        }
    }

    private mutating func request(_ frame: RPCFrame, now: UInt64, _ actions: inout [Action]) {
        guard frame.stream != 0, calls[frame.stream] == nil else {
            return close("opened stream \(frame.stream), which is open or reserved", &actions)
        }
        guard frame.descriptorCount <= hello.descriptors else {
            return close("sent \(frame.descriptorCount) descriptors where \(hello.descriptors) are accepted", &actions)
        }
        guard calls.count < limits.requestsInFlight, stragglers < limits.requestsInFlight else {
            let words = "\(hello.service) is already handling \(limits.requestsInFlight) requests of this connection. Try again later."
            return actions.append(.send(.error(RPCError(.resourceExhausted, words), stream: frame.stream)))
        }
        do throws(RPCError) {
            let request = try RPCIncomingRequest(frame: frame)
            calls[frame.stream] = Call(credit: RPCCredit(request.credit ?? 0))
            if let timeout = request.context.timeoutNanoseconds {
                deadlines.set(now.addingReportingOverflow(timeout).overflow ? .max : now + timeout, for: frame.stream)
            }
            actions.append(.dispatch(request))
        } catch {
            actions.append(.send(.error(error, stream: frame.stream)))
        }
    }

    // A caller can't know yet that a call has ended, so frames for unknown streams are late rather than wrong.
    private mutating func item(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard var call = calls[frame.stream] else { return }
        guard call.callerSends, call.window?.receive(RPCOutboundFrame.itemCost(bodyBytes: frame.body.count)) == true else {
            return close("sent an item on stream \(frame.stream) without credit, or after its end", &actions)
        }
        calls[frame.stream] = call
        actions.append(.item(stream: frame.stream, RPCPayload(frame.body)))
    }

    private mutating func itemsEnd(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard let call = calls[frame.stream], call.callerSends else { return }
        calls[frame.stream]?.callerSends = false
        actions.append(.itemsEnded(stream: frame.stream))
    }

    private mutating func grant(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard calls[frame.stream] != nil else { return }
        guard let bytes = RPCCreditBody.bytes(of: frame), calls[frame.stream]?.credit.grant(bytes) == true else {
            return close("sent a malformed credit", &actions)
        }
        actions.append(.creditGranted(stream: frame.stream))
    }

    private mutating func ping(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard frame.body.count <= RPCPing.longestBody else { return close("sent a ping of \(frame.body.count) bytes", &actions) }
        actions.append(.send(.bare(.pong, frame.body)))
    }

    // MARK: Ends

    private mutating func abandon(_ stream: UInt32, _ error: RPCError, _ actions: inout [Action]) {
        guard calls.removeValue(forKey: stream) != nil else { return }
        deadlines.remove(stream)
        stragglers += 1
        actions.append(.cancel(stream: stream, error))
        actions.append(.send(.error(error, stream: stream)))
    }

    private mutating func close(_ reason: String, _ actions: inout [Action]) {
        if case .closed = phase { return }
        disconnect(&actions)
        actions.append(.close(reason: reason))
    }
}
