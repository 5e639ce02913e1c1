// The caller's end of a connection as a pure state machine: calls, frames and time in, actions out.

/// Everything the protocol demands of a client, for whatever carries the bytes. The owner reads the clock, performs the actions in
/// order, and after `.close` neither reads nor sends any more.
public struct RPCClientSession: Sendable {
    /// A call's name on this side; its owner never uses one twice.
    public struct CallID: Hashable, Sendable {
        let serial: UInt64
        public init(serial: UInt64) { self.serial = serial }
    }

    /// How a call ended.
    public enum Outcome: Sendable {
        case response(RPCPayload)
        case failure(RPCError)
        /// The connection was lost before the callee could have seen the request: another connection may carry it.
        case unsent(RPCError)
    }

    public enum Action {
        case send(RPCOutboundFrame, call: CallID?)
        /// The peer has said hello; calls are sent from now on.
        case ready(RPCHello)
        case finished(CallID, Outcome)
        /// An item from the callee; `consumed` gives its cost back once it has been used.
        case item(CallID, RPCPayload)
        case creditGranted(CallID)
        case pong([UInt8])
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

    enum Phase { case greeting, open(RPCHello), closed(RPCError) }

    struct Call {
        let id: CallID
        var window: RPCWindow?
        var credit: RPCCredit
        var sendsItems = true
        /// The caller has been answered already, the callee hasn't confirmed yet: what still comes is dropped.
        var isAbandoned = false
    }

    private struct Waiting {
        let id: CallID
        let frame: RPCOutboundFrame
        let isStream: Bool
    }

    private let hello: RPCHello
    let limits: RPCLimits
    let expectedService: String?
    var phase = Phase.greeting
    var calls: [UInt32: Call] = [:]
    var streams: [CallID: UInt32] = [:]
    /// Calls that the callee has no room for yet, oldest first.
    private var waiting: [Waiting] = []
    var deadlines = RPCDeadlines<CallID>()
    private var lastStream: UInt32 = 0

    /// `caller` and `version` introduce this side; a peer that serves something else than `expectedService` is refused.
    public init(caller: String, version: String, expecting expectedService: String?, limits: RPCLimits) {
        self.limits = limits
        self.expectedService = expectedService
        hello = RPCHello(service: caller, serviceVersion: version, limits: limits, descriptors: 0, requestsInFlight: 0)
    }

    public var isGreeting: Bool {
        if case .greeting = phase { return true }
        return false
    }

    /// Calls that have been sent and are not confirmed to be over.
    public var callCount: Int { calls.count }

    /// When `expire` is wanted next.
    public var nextDeadline: UInt64? { mutating get { deadlines.next } }

    /// Opens the conversation.
    public mutating func start(_ actions: inout [Action]) {
        do {
            actions.append(.send(try hello.frame(), call: nil))
        } catch {
            close("could not say hello: \(error)", &actions)
        }
    }

    /// Starts a call, named by its owner. Its `.finished` may be among the actions already.
    public mutating func open(
        _ id: CallID, _ frame: RPCOutboundFrame, isStream: Bool, timeout: UInt64?, now: UInt64, _ actions: inout [Action]
    ) {
        if case .closed(let error) = phase { return actions.append(.finished(id, .unsent(error))) }
        guard waiting.count < limits.requestsInFlight else {
            let words = "Too many requests are waiting for \(serviceName). Try again later."
            return actions.append(.finished(id, .failure(RPCError(.resourceExhausted, words))))
        }
        if let timeout { deadlines.set(now.addingReportingOverflow(timeout).overflow ? .max : now + timeout, for: id) }
        waiting.append(Waiting(id: id, frame: frame, isStream: isStream))
        sendWaiting(&actions)
    }

    public mutating func receive(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard frame.descriptorCount == 0 else { return close("sent descriptors", &actions) }
        switch phase {
        case .closed: return
        case .greeting: greet(frame, &actions)
        case .open: handle(frame, &actions)
        }
    }

    /// The bytes received are no frames of this protocol.
    public mutating func fail(_ error: RPCProtocolError, _ actions: inout [Action]) {
        if case .closed = phase { return }
        if let answer = error.answer { actions.append(.send(.error(answer), call: nil)) }
        close(error.reason, &actions)
    }

    /// The connection is gone, or is to go: every call ends now.
    public mutating func disconnect(_ error: RPCError? = nil, _ actions: inout [Action]) {
        if case .closed = phase { return }
        let error = error ?? RPCError(.unavailable, "The connection to \(serviceName) was lost.")
        phase = .closed(error)
        for call in calls.values where !call.isAbandoned { actions.append(.finished(call.id, .failure(error))) }
        for call in waiting { actions.append(.finished(call.id, .unsent(error))) }
        calls.removeAll()
        streams.removeAll()
        waiting.removeAll()
    }

    /// Ends calls that are out of time.
    public mutating func expire(now: UInt64, _ actions: inout [Action]) {
        while let id = deadlines.takeExpired(at: now) {
            abandon(id, RPCError(.deadlineExceeded, "\(serviceName) did not answer in time."), &actions)
        }
    }

    /// Ends a call for its caller at once and tells the callee.
    public mutating func cancel(_ id: CallID, _ actions: inout [Action]) {
        abandon(id, RPCError(.cancelled, "The request was cancelled."), &actions)
    }

    /// Sends an item to the callee if there is credit.
    public mutating func send(item frame: RPCOutboundFrame, call id: CallID, _ actions: inout [Action]) -> Sending {
        guard let stream = streams[id], var call = calls[stream], call.sendsItems else {
            return waiting.contains { $0.id == id } ? .noCredit : .ended
        }
        guard call.credit.spend(frame.itemCost) else { return .noCredit }
        calls[stream] = call
        actions.append(.send(frame.numbered(stream), call: id))
        return .sent
    }

    /// Ends this side's items. False when the call has not been sent yet: try again with the first credit.
    public mutating func endItems(call id: CallID, _ actions: inout [Action]) -> Bool {
        guard let stream = streams[id] else { return !waiting.contains { $0.id == id } }
        guard calls[stream]?.sendsItems == true else { return true }
        calls[stream]?.sendsItems = false
        actions.append(.send(.bare(.itemsEnd, stream: stream), call: id))
        return true
    }

    /// Items of this cost have been used.
    public mutating func consumed(_ cost: Int, call id: CallID, _ actions: inout [Action]) {
        guard let stream = streams[id], let credit = calls[stream]?.window?.consume(cost) else { return }
        actions.append(.send(.credit(credit, stream: stream), call: nil))
    }

    /// Asks for a sign of life; `.pong` brings the body back.
    public mutating func ping(_ body: [UInt8], _ actions: inout [Action]) {
        guard case .open = phase else { return }
        actions.append(.send(.bare(.ping, Array(body.prefix(RPCPing.longestBody))), call: nil))
    }

    // MARK: Calls

    mutating func sendWaiting(_ actions: inout [Action]) {
        guard case .open(let peer) = phase else { return }
        var sent = 0
        while sent < waiting.count, calls.count < peer.requestsInFlight {
            send(waiting[sent], to: peer, &actions)
            sent += 1
        }
        waiting.removeFirst(sent)
    }

    private mutating func send(_ call: Waiting, to peer: RPCHello, _ actions: inout [Action]) {
        if let refusal = refusal(of: call.frame, by: peer) {
            deadlines.remove(call.id)
            return actions.append(.finished(call.id, .failure(refusal)))
        }
        let stream = freeStream()
        calls[stream] = Call(
            id: call.id, window: call.isStream ? RPCWindow(size: limits.streamWindow) : nil,
            credit: RPCCredit(call.isStream ? peer.streamWindow : 0), sendsItems: call.isStream)
        streams[call.id] = stream
        actions.append(.send(call.frame.numbered(stream), call: call.id))
        if call.isStream { actions.append(.creditGranted(call.id)) }
    }

    private func refusal(of frame: RPCOutboundFrame, by peer: RPCHello) -> RPCError? {
        guard frame.descriptorCount <= peer.descriptors else {
            let words =
                peer.descriptors == 0
                ? "\(serviceName) does not accept file descriptors."
                : "\(serviceName) accepts at most \(peer.descriptors) file descriptors with a request."
            return RPCError(.invalidParameter, words)
        }
        do throws(RPCError) {
            _ = try frame.checked(limit: peer.frameBytes)
            return nil
        } catch {
            return error
        }
    }

    // Numbers go around after four billion calls; the callee takes any that isn't open.
    private mutating func freeStream() -> UInt32 {
        repeat {
            lastStream &+= 1
        } while lastStream == 0 || calls[lastStream] != nil
        return lastStream
    }

    private mutating func abandon(_ id: CallID, _ error: RPCError, _ actions: inout [Action]) {
        deadlines.remove(id)
        if let stream = streams.removeValue(forKey: id) {
            calls[stream]?.isAbandoned = true
            actions.append(.finished(id, .failure(error)))
            actions.append(.send(.bare(.cancel, stream: stream), call: nil))
        } else if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index)
            actions.append(.finished(id, .failure(error)))
        }
    }

    // MARK: Ends

    mutating func close(_ reason: String, _ actions: inout [Action]) {
        if case .closed = phase { return }
        disconnect(RPCError(.unavailable, "The connection to \(serviceName) was closed: it \(reason)."), &actions)
        actions.append(.close(reason: reason))
    }

    private var serviceName: String {
        if case .open(let peer) = phase { return "the \(peer.service) service" }
        return expectedService.map { "the \($0) service" } ?? "the service"
    }
}
