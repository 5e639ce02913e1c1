// What a connection may do next: HTTP, or raw bytes after a response took it over. No I/O, so that it can be tested by itself.

/// The state of one HTTP/1.1 connection that a response may turn into a raw byte stream.
struct ConnectionStateMachine {
    private enum Phase {
        case http
        /// A route has asked for the client's future bytes; its response head makes the switch.
        case armed
        case raw
        /// The connection is on its way to somebody else: what comes is kept for them.
        case surrendered
        /// The last byte has been written; what still comes is thrown away.
        case lingering
    }

    private var phase = Phase.http
    private var requestsInProgress = 0
    /// The client half-closed; if that was before the switch, the raw input starts out finished.
    private var inputIsClosed = false
    /// The decoder stops at the end of a request with `Upgrade`, so the connection can't carry another.
    private var decoderStopped = false
    /// The client has said of a request that it is its last.
    private var lastRequestIsRead = false
    private var closesAfterResponse = false
    private var consumerIsFull = false
    private var readIsHeldBack = false

    var isRaw: Bool { phase == .raw }
    var isSurrendered: Bool { phase == .surrendered }
    var isLingering: Bool { phase == .lingering }
    /// Whether a request has been read whose response isn't complete.
    var isBusy: Bool { requestsInProgress > 0 }

    mutating func arm() { phase = .armed }

    mutating func surrender() { phase = .surrendered }

    /// A request's head came in.
    mutating func readHead(hasUpgrade: Bool, saysClose: Bool) {
        requestsInProgress += 1
        decoderStopped = decoderStopped || hasUpgrade
        lastRequestIsRead = lastRequestIsRead || saysClose
    }

    enum ReadAction: Equatable { case read, hold }

    /// The pipeline wants to read from the socket.
    mutating func read() -> ReadAction {
        guard phase == .raw, consumerIsFull else { return .read }
        readIsHeldBack = true
        return .hold
    }

    mutating func consumerBecameFull() { consumerIsFull = true }

    enum DemandAction: Equatable { case read, none }

    /// The consumer of raw bytes wants more.
    mutating func consumerWantsMore() -> DemandAction {
        consumerIsFull = false
        defer { readIsHeldBack = false }
        return readIsHeldBack ? .read : .none
    }

    enum InputClosedAction: Equatable {
        /// Raw: the bytes end, the output stays open.
        case finishBytes
        /// HTTP: whoever works for this client may stop.
        case reportDeparture
        /// Lingering: nothing is left to wait for.
        case close
        case none
    }

    mutating func inputClosed() -> InputClosedAction {
        inputIsClosed = true
        switch phase {
        case .raw: return .finishBytes
        case .armed, .surrendered: return .none
        case .http: return .reportDeparture
        case .lingering: return .close
        }
    }

    enum HeadAction: Equatable {
        case forward
        /// Forward, with `Connection: close` added.
        case forwardClosing
        case becomeRaw(inputIsFinished: Bool)
    }

    /// A response's head goes out.
    mutating func writeHead(takesOver: Bool, isInformational: Bool, saysClose: Bool) -> HeadAction {
        if takesOver, phase == .armed {
            phase = .raw
            return .becomeRaw(inputIsFinished: inputIsClosed)
        }
        guard !isInformational else { return .forward }
        phase = .http
        let isToLastRequest = lastRequestIsRead && requestsInProgress <= 1
        closesAfterResponse = closesAfterResponse || decoderStopped || saysClose || isToLastRequest
        return closesAfterResponse ? .forwardClosing : .forward
    }

    enum EndAction: Equatable {
        case forward
        /// Forward, then linger.
        case forwardAndLinger
        /// Raw: send what is written, then linger.
        case flushAndLinger
    }

    /// A response is complete.
    mutating func writeEnd() -> EndAction {
        guard phase != .raw else {
            phase = .lingering
            return .flushAndLinger
        }
        requestsInProgress -= 1
        guard closesAfterResponse, requestsInProgress <= 0 else { return .forward }
        phase = .lingering
        return .forwardAndLinger
    }

    /// A request that can't be parsed is answered from below the routes: nothing follows it.
    mutating func refuse() { phase = .lingering }

    enum FinishAction: Equatable {
        /// The connection is another's.
        case forward
        /// Send what is written, then linger.
        case flushAndLinger
        /// It lingers already, or will when all has been sent.
        case none
    }

    /// Whoever serves this connection has written its last, and reads no more of it.
    mutating func finishOutput() -> FinishAction {
        guard phase != .surrendered else { return .forward }
        guard phase != .lingering else { return .none }
        phase = .lingering
        return .flushAndLinger
    }

    enum LingerAction: Equatable { case close, closeOutput }

    /// The last byte has left. Closing while the client still sends would reset the connection under what it hasn't read yet.
    func linger() -> LingerAction { inputIsClosed ? .close : .closeOutput }

    enum QuiesceAction: Equatable { case close, reportDeparture }

    /// The server shuts down: an idle connection closes now, a busy one after its response.
    mutating func quiesce() -> QuiesceAction {
        guard phase != .raw, phase != .surrendered, phase != .lingering, requestsInProgress > 0 else { return .close }
        closesAfterResponse = true
        return .reportDeparture
    }
}
