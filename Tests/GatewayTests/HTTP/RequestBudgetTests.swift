// What requests may take of memory while they come in.
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayAPI

@Suite("Request budget") struct RequestBudgetTests {
    @Test func onlyWhatIsBeyondTheAllowanceCounts() {
        let budget = RequestBudget(limit: 1000)
        var (one, two) = (BudgetShare(budget), BudgetShare(budget))
        #expect(one.receive(RequestBudget.allowance) && budget.bytesInUse == 0)
        #expect(one.receive(600) && budget.bytesInUse == 600)
        #expect(two.receive(RequestBudget.allowance + 400) && budget.bytesInUse == 1000)
        #expect(!two.receive(1) && budget.bytesInUse == 1000)
        one.release()
        #expect(budget.bytesInUse == 400)
        #expect(two.receive(600) && budget.bytesInUse == 1000)
        two.release()
        #expect(budget.bytesInUse == 0)
    }

    private final class Errors: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var seen: [any Error] = []
        var bytes = 0
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { bytes += unwrapInboundIn(data).readableBytes }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { seen.append(error) }
    }

    private func channel(_ budget: RequestBudget) throws -> (EmbeddedChannel, HeadMeter, Errors) {
        let (channel, meter, errors) = (EmbeddedChannel(), HeadMeter(budget), Errors())
        try channel.pipeline.syncOperations.addHandler(meter)
        try channel.pipeline.syncOperations.addHandler(errors)
        return (channel, meter, errors)
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 65, count: count) }

    @Test func aHeadBeyondTheBudgetIsRefusedOnceAndTheRestOfItDropped() throws {
        let budget = RequestBudget(limit: 10_000)
        let (channel, _, errors) = try channel(budget)
        try channel.writeInbound(bytes(20_000))
        #expect(errors.bytes == 20_000 && budget.bytesInUse == 20_000 - RequestBudget.allowance)
        try channel.writeInbound(bytes(20_000))
        try channel.writeInbound(bytes(20_000))
        #expect(errors.bytes == 20_000 && errors.seen.count == 1 && errors.seen.first is RequestBudget.Exceeded)
        #expect(budget.bytesInUse == 0)
        _ = try channel.finish()
    }

    @Test func bodiesAndRawBytesAreNotHeads() throws {
        let budget = RequestBudget(limit: 10_000)
        let (channel, meter, errors) = try channel(budget)
        try channel.writeInbound(bytes(20_000))
        meter.headEnded()
        try channel.writeInbound(bytes(100_000))
        #expect(errors.seen.isEmpty && budget.bytesInUse == 20_000 - RequestBudget.allowance)
        meter.bodyEnded()
        meter.responseEnded()
        #expect(budget.bytesInUse == 0)
        meter.becomeRaw()
        try channel.writeInbound(bytes(100_000))
        #expect(errors.seen.isEmpty && errors.bytes == 220_000)
        _ = try channel.finish()
    }

    @Test func aHeadHasItsTime() throws {
        let (channel, meter, errors) = try channel(RequestBudget())
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(errors.seen.isEmpty)
        try channel.writeInbound(bytes(10))
        meter.headEnded()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(errors.seen.isEmpty)
        meter.bodyEnded()
        meter.responseEnded()
        try channel.writeInbound(bytes(10))
        channel.embeddedEventLoop.advanceTime(by: HeadMeter.patience)
        #expect(errors.seen.count == 1 && errors.seen.first is HeadMeter.TooSlow)
        _ = try channel.finish()
    }

    /// Takes whatever comes for a whole request.
    private final class WholeRequests: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let meter: HeadMeter
        init(_ meter: HeadMeter) { self.meter = meter }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            meter.headEnded()
            meter.bodyEnded()
        }
    }

    @Test func aResponseMayTakeAndAConnectionBeIdleForAnyTime() throws {
        let (channel, meter, errors) = try channel(RequestBudget())
        try channel.pipeline.syncOperations.addHandler(WholeRequests(meter), position: .after(meter))
        for _ in 0..<2 {
            try channel.writeInbound(bytes(10))
            channel.embeddedEventLoop.advanceTime(by: .hours(1))
            meter.responseEnded()
            channel.embeddedEventLoop.advanceTime(by: .hours(1))
            #expect(errors.seen.isEmpty)
        }
        _ = try channel.finish()
    }

    @Test func aCrowdIsOverWhenHalfOfItHasGone() {
        let crowd = CrowdWatch()
        for count in 1...100 { crowd.rose(to: count) }
        #expect((50...99).reversed().allSatisfy { !crowd.fell(to: $0) })
        #expect(crowd.fell(to: 49))
        #expect(!crowd.fell(to: 48))
        let few = CrowdWatch()
        for count in 1...20 { few.rose(to: count) }
        #expect(!few.fell(to: 0))
    }
}
