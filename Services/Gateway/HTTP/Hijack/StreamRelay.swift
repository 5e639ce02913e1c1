// Relays bytes both ways between a client whose connection was taken over and a container's stream.
import HummingbirdCore
import NIOCore
import NIOPosix
import RPC

/// One relay: it ends when the container's side ends, or when the client is gone. Either side may half-close.
struct StreamRelay: Sendable {
    let client: ClientConnection
    let bytes: HijackedBytes
    let local: SocketEnd

    func run(writer: inout any ResponseBodyWriter) async throws {
        guard let descriptor = local.take() else { throw RPCError(.internalError, "the stream's socket is closed") }
        let container = try await Self.channel(descriptor, on: client.channel.eventLoop)
        client.channel.closeFuture.whenComplete { _ in container.channel.close(promise: nil) }
        try await container.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await Self.forward(bytes, to: outbound) }
                for try await buffer in inbound {
                    try await writer.write(buffer)
                }
                group.cancelAll()
            }
        }
    }

    /// The client's bytes to the container. The end of either is a half-close; a container that reads no more isn't an error.
    private static func forward(_ bytes: HijackedBytes, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
        do {
            for try await buffer in bytes {
                try await outbound.write(buffer)
            }
        } catch {
            // The container's output may still be on its way: the other direction decides when the relay ends.
        }
        outbound.finish()
    }

    /// Wrapped before the first read, or what the container has said by then would be lost.
    static func channel(_ descriptor: Int32, on eventLoop: any EventLoop) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: eventLoop)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }
}
