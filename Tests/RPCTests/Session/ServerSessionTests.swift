// The callee's end, without a socket.
import Testing

@testable import RPC

@Suite struct ServerSessionTests {
    typealias Action = RPCServerSession.Action

    /// A session, its actions written as words, and a clock.
    struct Bench {
        var session: RPCServerSession
        var now: UInt64 = 1000

        init(limits: RPCLimits = RPCLimits(requestsInFlight: 3, streamWindow: 1000), greets: Bool = true) throws {
            session = RPCServerSession(service: "s", version: "1", limits: limits, descriptors: 2)
            guard greets else { return }
            var actions: [Action] = []
            session.start(&actions)
            let hello = RPCHello(service: "c", serviceVersion: "0", limits: .standard, descriptors: 0, requestsInFlight: 0)
            #expect(receive(RPCFrame(.hello, stream: 0, body: try CBOREncoder().encode(hello))) == [])
        }

        mutating func act(_ body: (inout RPCServerSession, inout [Action]) -> Void) -> [String] {
            var actions: [Action] = []
            body(&session, &actions)
            return actions.map(Self.describe)
        }

        mutating func receive(_ frame: RPCFrame) -> [String] {
            let now = now
            return act { $0.receive(frame, now: now, &$1) }
        }

        mutating func request(_ stream: UInt32, timeout: UInt64? = nil, credit: Int? = nil, descriptors: Int = 0) throws -> [String] {
            let context = RPCContext(traceID: "t", timeoutNanoseconds: timeout)
            let frame = try RPCOutboundFrame.request(
                method: "m", context: context, credit: credit, descriptorCount: descriptors, RPCNothing())
            return receive(RPCFrame(.request, stream: stream, descriptorCount: descriptors, body: Array(frame.bytes[12...])))
        }

        static func describe(_ action: Action) -> String {
            switch action {
            case .send(let frame): "send \(kind(frame)) \(frame.stream)\(code(frame))"
            case .dispatch(let request): "dispatch \(request.method) \(request.stream)"
            case .item(let stream, let payload): "item \(stream) of \(payload.count)"
            case .itemsEnded(let stream): "ended \(stream)"
            case .creditGranted(let stream): "credit \(stream)"
            case .cancel(let stream, let error): "cancel \(stream) \(error.code)"
            case .close: "close"
            }
        }
    }

    @Test func greetsFirst() throws {
        var bench = try Bench(greets: false)
        #expect(bench.act { $0.start(&$1) } == ["send hello 0"])
        #expect(bench.session.isGreeting)
        #expect(bench.receive(RPCFrame(.ping, stream: 0)) == ["close"])
        #expect(try bench.request(1) == [])
    }

    @Test func aHelloOfAnotherVersionIsAnswered() throws {
        var bench = try Bench(greets: false)
        var hello = RPCHello(service: "c", serviceVersion: "0", limits: .standard, descriptors: 0, requestsInFlight: 0)
        hello.version = 9
        let frame = RPCFrame(.hello, stream: 0, body: try CBOREncoder().encode(hello))
        #expect(bench.receive(frame) == ["send error 0 notImplemented", "close"])
    }

    @Test func answersARequestOnce() throws {
        var bench = try Bench()
        #expect(try bench.request(7) == ["dispatch m 7"])
        #expect(bench.act { $0.finish(stream: 7, with: .bare(.response), &$1) } == ["send response 7"])
        #expect(bench.act { $0.finish(stream: 7, with: .bare(.response), &$1) } == [])
        #expect(try bench.request(7) == ["dispatch m 7"], "a stream's number may be used again")
    }

    @Test func limitsRequestsInFlight() throws {
        var bench = try Bench()
        for stream in UInt32(1)...3 { #expect(try bench.request(stream) == ["dispatch m \(stream)"]) }
        #expect(try bench.request(4) == ["send error 4 resourceExhausted"])
        #expect(bench.receive(RPCFrame(.cancel, stream: 1)) == ["cancel 1 cancelled", "send error 1 cancelled"])
        #expect(try bench.request(4) == ["dispatch m 4"], "a cancelled call makes room at once")
    }

    @Test func limitsHandlersThatDoNotStop() throws {
        var bench = try Bench()
        for stream in UInt32(1)...3 {
            _ = try bench.request(stream)
            _ = bench.receive(RPCFrame(.cancel, stream: stream))
        }
        #expect(try bench.request(4) == ["send error 4 resourceExhausted"])
        bench.session.stragglerEnded()
        #expect(try bench.request(4) == ["dispatch m 4"])
    }

    @Test func endsWhatIsOutOfTime() throws {
        var bench = try Bench()
        _ = try bench.request(1, timeout: 500)
        _ = try bench.request(2, timeout: 100)
        _ = try bench.request(3, timeout: .max)
        #expect(bench.session.nextDeadline == 1100)
        #expect(bench.act { $0.expire(now: 1099, &$1) } == [])
        #expect(bench.act { $0.expire(now: 1100, &$1) } == ["cancel 2 deadlineExceeded", "send error 2 deadlineExceeded"])
        _ = bench.act { $0.finish(stream: 1, with: .bare(.response), &$1) }
        #expect(bench.session.nextDeadline == .max)
    }

    @Test func itemsNeedAStreamMethodAndCredit() throws {
        var bench = try Bench()
        _ = try bench.request(1)
        bench.session.acceptItems(stream: 1)
        let item = RPCFrame(.item, stream: 1, body: [UInt8](repeating: 0, count: 500 - 64))
        #expect(bench.receive(item) == ["item 1 of 436"])
        #expect(bench.receive(item) == ["item 1 of 436"])
        #expect(bench.act { $0.consumed(499, stream: 1, &$1) } == [])
        #expect(bench.act { $0.consumed(1, stream: 1, &$1) } == ["send credit 1"])
        #expect(bench.receive(item) == ["item 1 of 436"])
        #expect(bench.receive(item) == ["cancel 1 cancelled", "close"])
    }

    @Test func itemsAfterTheEndBreakTheProtocol() throws {
        var bench = try Bench()
        _ = try bench.request(1)
        bench.session.acceptItems(stream: 1)
        #expect(bench.receive(RPCFrame(.itemsEnd, stream: 1)) == ["ended 1"])
        #expect(bench.receive(RPCFrame(.itemsEnd, stream: 1)) == [])
        #expect(bench.act { $0.consumed(1000, stream: 1, &$1) } == [], "nobody needs credit any more")
        #expect(bench.receive(RPCFrame(.item, stream: 1, body: [0])).last == "close")
    }

    @Test func lateFramesAreIgnored() throws {
        var bench = try Bench()
        for kind in [RPCFrame.Kind.item, .itemsEnd, .cancel, .credit] {
            #expect(bench.receive(RPCFrame(kind, stream: 99, body: [0])) == [])
        }
    }

    @Test func sendsItemsWithinTheCallersCredit() throws {
        var bench = try Bench()
        _ = try bench.request(1, credit: 100)
        let item = RPCOutboundFrame.bare(.item, [0])
        var results: [RPCServerSession.Sending] = []
        func send() -> [String] { bench.act { results.append($0.send(item: item, stream: 1, &$1)) } }
        #expect(send() == ["send item 1"])
        #expect(send() == ["send item 1"])
        #expect(send() == [])
        #expect(results == [.sent, .sent, .noCredit])
        let credit = RPCFrame(.credit, stream: 1, body: Array(RPCOutboundFrame.credit(65, stream: 1).bytes[12...]))
        #expect(bench.receive(credit) == ["credit 1"])
        #expect(send() == ["send item 1"])
        _ = bench.receive(RPCFrame(.cancel, stream: 1))
        #expect(send() == [])
        #expect(results.last == .ended)
    }

    @Test(arguments: [0, -1, Int(Int32.max) + 1, Int.max]) func creditOutOfRangeBreaksTheProtocol(bytes: Int) throws {
        var bench = try Bench()
        _ = try bench.request(1, credit: 10)
        let frame = RPCFrame(.credit, stream: 1, body: Array(RPCOutboundFrame.credit(bytes, stream: 1).bytes[12...]))
        #expect(bench.receive(frame).last == "close")
    }

    @Test func disconnectingStopsEveryHandlerOnce() throws {
        var bench = try Bench()
        _ = try bench.request(1)
        _ = try bench.request(2)
        #expect(bench.act { $0.disconnect(&$1) }.sorted() == ["cancel 1 cancelled", "cancel 2 cancelled"])
        #expect(bench.act { $0.disconnect(&$1) } == [])
        #expect(bench.act { $0.finish(stream: 1, with: .bare(.response), &$1) } == [])
    }

    @Test(arguments: 0..<20) func survivesAnyFrames(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 600)
        var bench = try Bench()
        var closed = false
        for _ in 0..<300 {
            let kind = RPCFrame.Kind.allCases.randomElement(using: &random) ?? .ping
            let stream = UInt32.random(in: 0...4, using: &random)
            let actions: [String]
            if Bool.random(using: &random) {
                let (timeout, credit) = (UInt64.random(in: 0...50, using: &random), Int.random(in: 0...99, using: &random))
                actions = try bench.request(stream, timeout: timeout, credit: credit)
            } else {
                actions = bench.receive(RPCFrame(kind, stream: stream, body: random.bytes(Int.random(in: 0..<9, using: &random))))
            }
            if closed { #expect(actions == []) }
            closed = closed || actions.contains("close")
            bench.now += 10
            let now = bench.now
            _ = bench.act { $0.expire(now: now, &$1) }
        }
    }
}

func kind(_ frame: RPCOutboundFrame) -> String { RPCFrame.Kind(rawValue: frame.bytes[5]).map { "\($0)" } ?? "?" }

/// The code in an error frame, as a suffix.
func code(_ frame: RPCOutboundFrame) -> String {
    guard kind(frame) == "error", let error = try? CBORDecoder().decode(RPCError.self, from: frame.bytes[12...]) else { return "" }
    return " \(error.code)"
}
