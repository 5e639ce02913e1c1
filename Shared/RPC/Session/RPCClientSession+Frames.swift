// What the caller's end makes of the frames it receives.

extension RPCClientSession {
    mutating func greet(_ frame: RPCFrame, _ actions: inout [Action]) {
        if frame.kind == .error { return refused(frame, &actions) }
        do throws(RPCProtocolError) {
            let peer = try RPCHello(frame: frame)
            try requireService(peer)
            phase = .open(peer)
            actions.append(.ready(peer))
            sendWaiting(&actions)
        } catch {
            fail(error, &actions)
        }
    }

    private func requireService(_ peer: RPCHello) throws(RPCProtocolError) {
        guard peer.requestsInFlight > 0 else { throw RPCProtocolError("takes no requests") }
        guard let expectedService, expectedService != peer.service else { return }
        throw RPCProtocolError("serves \"\(peer.service)\" where \"\(expectedService)\" was expected")
    }

    mutating func handle(_ frame: RPCFrame, _ actions: inout [Action]) {
        switch frame.kind {
        case .response: end(frame.stream, .response(RPCPayload(frame.body)), &actions)
        case .error: error(frame, &actions)
        case .item: item(frame, &actions)
        case .credit: grant(frame, &actions)
        case .ping: ping(frame, &actions)
        case .pong: actions.append(.pong(frame.body))
        case .hello, .request, .itemsEnd, .cancel: close("sent a \(frame.kind) frame, which is not a server's", &actions)
        }
    }

    private mutating func error(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard frame.stream != 0 else { return refused(frame, &actions) }
        end(frame.stream, .failure(Self.error(in: frame)), &actions)
    }

    /// The peer closes the connection and says why.
    private mutating func refused(_ frame: RPCFrame, _ actions: inout [Action]) {
        let error = Self.error(in: frame)
        disconnect(RPCError(.unavailable, error.message, details: error.details), &actions)
        actions.append(.close(reason: "refused the connection: \(error)"))
    }

    private mutating func end(_ stream: UInt32, _ outcome: Outcome, _ actions: inout [Action]) {
        guard let call = calls.removeValue(forKey: stream) else { return close("answered stream \(stream), which isn't open", &actions) }
        if !call.isAbandoned {
            streams[call.id] = nil
            deadlines.remove(call.id)
            actions.append(.finished(call.id, outcome))
        }
        sendWaiting(&actions)
    }

    private mutating func item(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard var call = calls[frame.stream] else { return close("sent an item on stream \(frame.stream), which isn't open", &actions) }
        guard !call.isAbandoned else { return }
        guard call.window?.receive(RPCOutboundFrame.itemCost(bodyBytes: frame.body.count)) == true else {
            return close("sent an item on stream \(frame.stream) without credit", &actions)
        }
        calls[frame.stream] = call
        actions.append(.item(call.id, RPCPayload(frame.body)))
    }

    private mutating func grant(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard let call = calls[frame.stream], !call.isAbandoned else { return }
        guard let bytes = RPCCreditBody.bytes(of: frame), calls[frame.stream]?.credit.grant(bytes) == true else {
            return close("sent a malformed credit", &actions)
        }
        actions.append(.creditGranted(call.id))
    }

    private mutating func ping(_ frame: RPCFrame, _ actions: inout [Action]) {
        guard frame.body.count <= RPCPing.longestBody else { return close("sent a ping of \(frame.body.count) bytes", &actions) }
        actions.append(.send(.bare(.pong, frame.body), call: nil))
    }

    private static func error(in frame: RPCFrame) -> RPCError {
        do {
            return try CBORDecoder().decode(RPCError.self, from: frame.body)
        } catch {
            return RPCError(.internalError, "The other side reported an error that can't be read.")
        }
    }
}
