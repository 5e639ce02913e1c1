// Frames to a channel, some of them with descriptors, which NIO can't send: those frames go to the socket directly.
import CLinux
import Glibc
import NIOCore
import RPC

/// Keeps frames in order. A frame with descriptors waits until NIO has written everything before it, is then sent with `sendmsg` on the
/// channel's own socket, and what follows it goes through NIO again. Lives on the channel's event loop.
final class DescriptorWriter {
    private struct Held {
        let frame: RPCOutboundFrame
        let descriptors: PassedDescriptors?
    }

    private enum Phase {
        case flowing
        /// A frame with descriptors is the first held, and NIO still has bytes of earlier frames.
        case waitingForFlush
        /// NIO has nothing left.
        case flushed
        /// The socket took none of a frame with descriptors; a timer tries again.
        case waitingForRoom
        case closed
    }

    private let socket: Int32
    private var phase = Phase.flowing
    private let writer = FrameWriter()
    private var held: CircularBuffer<Held> = []
    private var heldBytes = 0

    /// How long to wait before trying a full socket again: NIO doesn't tell when a socket it has nothing for becomes writable.
    private static let retry = TimeAmount.milliseconds(1)

    init(socket: Int32) { self.socket = socket }

    func append(_ frame: RPCOutboundFrame, descriptors: PassedDescriptors?) {
        guard descriptors != nil || !held.isEmpty else { return writer.append(frame) }
        held.append(Held(frame: frame, descriptors: descriptors))
        heldBytes += frame.bytes.count
    }

    /// Bytes that the peer has not taken yet.
    func backlog(_ context: ChannelHandlerContext) -> Int { writer.backlog(context) + heldBytes }

    /// Whether the peer has closed the connection, even if the channel hasn't read as far as that.
    var isHungUp: Bool { clinux_is_hung_up(socket) != 0 }

    /// Writes what can be written; `again` is called when more can be.
    func flush(_ context: ChannelHandlerContext, again: @escaping () -> Void) {
        while true {
            switch phase {
            case .flowing:
                if held.isEmpty { return writer.flush(context) }
                waitForFlush(context, again)
            case .flushed:
                releaseHeld(context, again)
                if case .flowing = phase, held.isEmpty { return writer.flush(context) }
            case .waitingForFlush, .waitingForRoom, .closed: return
            }
        }
    }

    /// Drops what is held: the descriptors are closed.
    func close() {
        phase = .closed
        held.removeAll()
    }

    // The promise of a write succeeds once it and all before it are in the socket, often within the call itself.
    private func waitForFlush(_ context: ChannelHandlerContext, _ again: @escaping () -> Void) {
        phase = .waitingForFlush
        let promise = context.eventLoop.makePromise(of: Void.self)
        var isNow = true
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            guard case .waitingForFlush = phase else { return }
            phase = .flushed
            if !isNow { again() }
        }
        writer.flush(context, promise: promise)
        isNow = false
    }

    // Up to the next frame with descriptors everything goes through NIO.
    private func releaseHeld(_ context: ChannelHandlerContext, _ again: @escaping () -> Void) {
        guard let first = held.first, let descriptors = first.descriptors else { return phase = .flowing }
        let bytes = first.frame.bytes
        let sent = clinux_send(socket, bytes, bytes.count, descriptors.numbers, descriptors.numbers.count)
        guard sent > 0 else { return sendFailed(code: Int32(clamping: -sent), context, again) }
        removeFirst()
        // The descriptors go with the first byte; NIO can write the rest.
        writer.append(bytes[sent...])
        while let next = held.first, next.descriptors == nil {
            writer.append(next.frame)
            removeFirst()
        }
        phase = .flowing
    }

    private func removeFirst() { heldBytes -= held.removeFirst().frame.bytes.count }

    private func sendFailed(code: Int32, _ context: ChannelHandlerContext, _ again: @escaping () -> Void) {
        guard code == EAGAIN || code == ETOOMANYREFS else {
            phase = .closed
            return context.close(promise: nil)
        }
        phase = .waitingForRoom
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.retry) { [self] in
            guard case .waitingForRoom = phase else { return }
            phase = .flushed
            again()
        }
    }
}
