// The container's end of attach and exec streams.
import GatewayBackends
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Something a task can wait for, once and for all.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    func wait() async throws {
        for await _ in stream {}
        try Task.checkCancellation()
    }
}

/// Plays the process at the other end of a stream.
final class FakeStreams: Sendable {
    enum Behaviour: Sendable {
        /// Sends back what comes, and closes when the client half-closes.
        case echo
        /// Says how many bytes came once the client half-closed, and closes.
        case count
        /// Says hello and closes.
        case greet
        /// Reads nothing until the gate opens, then counts.
        case countAfter(Gate)
    }

    let behaviour: Behaviour
    /// Opens when a stream has ended.
    let ended = Gate()

    init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    func join(_ end: StreamEnd) async throws {
        let stream = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(dup(end.descriptor)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        Task { [self] in
            try? await stream.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: end.own?.head ?? []))
                try await play(ByteBuffer(bytes: end.own?.input ?? []), inbound, outbound)
            }
            ended.open()
        }
    }

    private typealias Input = NIOAsyncChannelInboundStream<ByteBuffer>
    private typealias Output = NIOAsyncChannelOutboundWriter<ByteBuffer>

    private func play(_ early: ByteBuffer, _ inbound: Input, _ outbound: Output) async throws {
        switch behaviour {
        case .echo:
            try await outbound.write(early)
            for try await buffer in inbound { try await outbound.write(buffer) }
        case .count:
            try await count(early, inbound, outbound)
        case .greet:
            try await outbound.write(ByteBuffer(string: "hello"))
        case .countAfter(let gate):
            try await gate.wait()
            try await count(early, inbound, outbound)
        }
    }

    private func count(_ early: ByteBuffer, _ inbound: Input, _ outbound: Output) async throws {
        var count = early.readableBytes
        for try await buffer in inbound { count += buffer.readableBytes }
        try await outbound.write(ByteBuffer(string: "\(count) bytes"))
    }
}
