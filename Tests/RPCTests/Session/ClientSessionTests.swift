// The caller's end, without a socket.
import Testing

@testable import RPC

@Suite struct ClientSessionTests {
    typealias Action = RPCClientSession.Action

    struct Bench {
        var session: RPCClientSession
        private var lastID: UInt64 = 0

        private static let peer = RPCLimits(frameBytes: 500, requestsInFlight: 2, streamWindow: 100)

        init(expecting service: String? = "s", peerLimits: RPCLimits? = peer) throws {
            session = RPCClientSession(
                caller: "c", version: "0", expecting: service, limits: RPCLimits(requestsInFlight: 3, streamWindow: 1000))
            guard let peerLimits else { return }
            #expect(try greet(peerLimits) == ["ready s"])
        }

        mutating func greet(_ limits: RPCLimits) throws -> [String] {
            let hello = RPCHello(
                service: "s", serviceVersion: "1", limits: limits, descriptors: 1, requestsInFlight: limits.requestsInFlight)
            return receive(RPCFrame(.hello, stream: 0, body: try CBOREncoder().encode(hello)))
        }

        mutating func act(_ body: (inout RPCClientSession, inout [Action]) -> Void) -> [String] {
            var actions: [Action] = []
            body(&session, &actions)
            return actions.map(Self.describe)
        }

        mutating func receive(_ frame: RPCFrame) -> [String] { act { $0.receive(frame, &$1) } }

        mutating func open(
            stream: Bool = false, timeout: UInt64? = nil, descriptors: Int = 0, padding: Int = 0
        ) throws -> (id: RPCClientSession.CallID, [String]) {
            lastID += 1
            let id = RPCClientSession.CallID(serial: lastID)
            let frame = try RPCOutboundFrame.request(
                method: "m", context: RPCContext(traceID: "t"), descriptorCount: descriptors, [UInt8](repeating: 0, count: padding))
            return (id, act { $0.open(id, frame, isStream: stream, timeout: timeout, now: 1000, &$1) })
        }

        static func describe(_ action: Action) -> String {
            switch action {
            case .send(let frame, _): "send \(kind(frame)) \(frame.stream)\(code(frame))"
            case .ready(let hello): "ready \(hello.service)"
            case .finished(let id, .response): "response to \(id.serial)"
            case .finished(let id, .failure(let error)): "failure of \(id.serial) \(error.code)"
            case .finished(let id, .unsent(let error)): "unsent \(id.serial) \(error.code)"
            case .item(let id, let payload): "item for \(id.serial) of \(payload.count)"
            case .creditGranted(let id): "credit for \(id.serial)"
            case .pong: "pong"
            case .close: "close"
            }
        }
    }

    @Test func callsBeforeTheHelloWaitForIt() throws {
        var bench = try Bench(peerLimits: nil)
        #expect(bench.act { $0.start(&$1) } == ["send hello 0"])
        #expect(try bench.open().1 == [])
        #expect(try bench.greet(.standard) == ["ready s", "send request 1"])
    }

    @Test func anotherServiceIsRefused() throws {
        var bench = try Bench(expecting: "other", peerLimits: nil)
        #expect(try bench.open().1 == [])
        #expect(try bench.greet(.standard) == ["unsent 1 unavailable", "close"])
    }

    @Test func whoTakesNoRequestsIsRefused() throws {
        var bench = try Bench(peerLimits: nil)
        #expect(try bench.greet(RPCLimits(requestsInFlight: 0)) == ["close"])
    }

    @Test func aRefusalCarriesItsWords() throws {
        var bench = try Bench(peerLimits: nil)
        let refusal = RPCOutboundFrame.error(RPCError(.notImplemented, "speak up"))
        #expect(bench.receive(RPCFrame(.error, stream: 0, body: Array(refusal.bytes[12...]))) == ["close"])
        #expect(try bench.open().1 == ["unsent 1 unavailable"])
    }

    @Test func callsAreNumberedAndAnswered() throws {
        var bench = try Bench()
        #expect(try bench.open().1 == ["send request 1"])
        #expect(try bench.open().1 == ["send request 2"])
        #expect(bench.receive(RPCFrame(.response, stream: 2, body: [0xa0])) == ["response to 2"])
        let error = RPCOutboundFrame.error(RPCError(.notFound, "no"))
        #expect(bench.receive(RPCFrame(.error, stream: 1, body: Array(error.bytes[12...]))) == ["failure of 1 notFound"])
        #expect(bench.receive(RPCFrame(.response, stream: 2, body: [0xa0])) == ["close"])
    }

    @Test func anErrorThatCannotBeReadIsAnError() throws {
        var bench = try Bench()
        _ = try bench.open()
        #expect(bench.receive(RPCFrame(.error, stream: 1, body: [0xff])) == ["failure of 1 internalError"])
    }

    @Test func moreThanThePeerTakesWaitsAndMoreThanThatFails() throws {
        var bench = try Bench()
        for _ in 0..<2 { _ = try bench.open() }
        for _ in 0..<3 { #expect(try bench.open().1 == []) }
        #expect(try bench.open().1 == ["failure of 6 resourceExhausted"])
        #expect(bench.receive(RPCFrame(.response, stream: 1, body: [0xa0])) == ["response to 1", "send request 3"])
    }

    @Test func cancellingAnswersAtOnceAndFreesTheNumberLater() throws {
        var bench = try Bench()
        let first = try bench.open().id
        _ = try bench.open()
        let third = try bench.open().id
        #expect(bench.act { $0.cancel(first, &$1) } == ["failure of 1 cancelled", "send cancel 1"])
        #expect(bench.act { $0.cancel(first, &$1) } == [])
        #expect(bench.act { $0.cancel(third, &$1) } == ["failure of 3 cancelled"], "what waits is never sent")
        #expect(try bench.open().1 == [])
        #expect(bench.receive(RPCFrame(.item, stream: 1, body: [0])) == [])
        #expect(bench.receive(RPCFrame(.response, stream: 1, body: [0xa0])) == ["send request 3"])
    }

    @Test func deadlinesCoverWaitingToo() throws {
        var bench = try Bench()
        for timeout in [UInt64(300), 200, 100] { _ = try bench.open(timeout: timeout) }
        #expect(bench.session.nextDeadline == 1100)
        #expect(bench.act { $0.expire(now: 1100, &$1) } == ["failure of 3 deadlineExceeded"])
        #expect(bench.act { $0.expire(now: 1200, &$1) } == ["failure of 2 deadlineExceeded", "send cancel 2"])
        _ = bench.receive(RPCFrame(.response, stream: 1, body: [0xa0]))
        #expect(bench.session.nextDeadline == nil)
    }

    @Test func descriptorsAndSizesAreCheckedAgainstThePeer() throws {
        var bench = try Bench()
        #expect(try bench.open(descriptors: 2).1 == ["failure of 1 invalidParameter"])
        #expect(try bench.open(descriptors: 1).1 == ["send request 1"])
        #expect(try bench.open(padding: 500).1 == ["failure of 3 resourceExhausted"])
        #expect(bench.session.callCount == 1)
    }

    @Test func itemsFlowWithCreditBothWays() throws {
        var bench = try Bench()
        let (id, opened) = try bench.open(stream: true)
        #expect(opened == ["send request 1", "credit for 1"])
        var results: [RPCClientSession.Sending] = []
        func send() -> [String] { bench.act { results.append($0.send(item: .bare(.item, [0]), call: id, &$1)) } }
        #expect(send() + send() + send() == ["send item 1", "send item 1"])
        #expect(results == [.sent, .sent, .noCredit])
        let item = RPCFrame(.item, stream: 1, body: [UInt8](repeating: 0, count: 500 - 64))
        #expect(bench.receive(item) == ["item for 1 of 436"])
        #expect(bench.act { $0.consumed(500, call: id, &$1) } == ["send credit 1"])
        #expect(bench.receive(item) + bench.receive(item) == ["item for 1 of 436", "item for 1 of 436"])
        #expect(bench.receive(item).last == "close")
    }

    @Test func theEndOfItemsIsSentOnce() throws {
        var bench = try Bench()
        let id = try bench.open(stream: true).id
        var isDone = false
        #expect(bench.act { isDone = $0.endItems(call: id, &$1) } == ["send itemsEnd 1"])
        #expect(isDone)
        #expect(bench.act { isDone = $0.endItems(call: id, &$1) } == [])
        #expect(isDone)
        var result: RPCClientSession.Sending?
        _ = bench.act { result = $0.send(item: .bare(.item, [0]), call: id, &$1) }
        #expect(result == .ended)
    }

    @Test func losingTheConnectionTellsWhatWasSent() throws {
        var bench = try Bench()
        for _ in 0..<3 { _ = try bench.open() }
        let ends = bench.act { $0.disconnect(nil, &$1) }.sorted()
        #expect(ends == ["failure of 1 unavailable", "failure of 2 unavailable", "unsent 3 unavailable"])
        #expect(try bench.open().1 == ["unsent 4 unavailable"])
        #expect(bench.session.callCount == 0)
    }

    @Test(arguments: 0..<20) func survivesAnyFrames(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 700)
        var bench = try Bench()
        for _ in 0..<300 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: _ = try bench.open(stream: Bool.random(using: &random), timeout: UInt64.random(in: 0...50, using: &random))
            case 1: _ = bench.act { $0.expire(now: 1020, &$1) }
            case 2: _ = bench.act { $0.cancel(RPCClientSession.CallID(serial: UInt64.random(in: 0...9, using: &random)), &$1) }
            default:
                let kind = RPCFrame.Kind.allCases.randomElement(using: &random) ?? .ping
                let stream = UInt32.random(in: 0...4, using: &random)
                _ = bench.receive(RPCFrame(kind, stream: stream, body: random.bytes(Int.random(in: 0..<9, using: &random))))
            }
        }
    }
}
