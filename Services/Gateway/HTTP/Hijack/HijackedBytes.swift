// The client's bytes on a connection that was taken over, with back-pressure onto the socket.
import NIOCore

typealias HijackedBytes = NIOThrowingAsyncSequenceProducer<
    ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, HijackDemand
>

/// Turns the consumer's demand into reads from the socket.
final class HijackDemand: NIOAsyncSequenceProducerDelegate, Sendable {
    private let handler: NIOLoopBound<HijackHandler>
    private let eventLoop: any EventLoop

    init(_ handler: HijackHandler, on eventLoop: any EventLoop) {
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    func produceMore() {
        eventLoop.execute { self.handler.value.consumerWantsMore() }
    }

    func didTerminate() {}
}
