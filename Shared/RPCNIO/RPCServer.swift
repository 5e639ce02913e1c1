// A server of methods over a Unix socket.
import CLinux
import Glibc
import Logging
import NIOCore
import NIOPosix
import RPC

/// Serves the methods of a table until its task is cancelled.
///
/// Descriptors can't be received here: the hello says so, and a request that brings some ends its connection.
public struct RPCServer: Sendable {
    private let listener: RPCListener
    private let service: ServedService
    private let connections: ConnectionLedger

    /// `service` and `version` are what the hello says; `servedUIDs` are admitted to `RPCAccess.engine` besides root and the own uid.
    public init(
        service: String, version: String, listener: RPCListener, methods: RPCMethodTable, servedUIDs: Set<UInt32> = [],
        limits: RPCLimits = .standard, logger: Logger
    ) {
        self.listener = listener
        self.service = ServedService(
            name: service, version: version, limits: limits, methods: methods.entries, servedUIDs: servedUIDs,
            tasks: TaskLedger(), logger: logger)
        connections = ConnectionLedger(limit: limits.connections)
    }

    /// Listens, and returns once the task is cancelled, every connection is closed and every handler has returned.
    /// Throws `RPCError` when the socket can't be made. Runs once.
    public func run() async throws {
        let socket = try ListeningSocket.open(listener)
        defer { socket.removeFile() }
        let channel = try await accept(from: socket.descriptor)
        try await withTaskCancellationHandler {
            try await channel.closeFuture.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        await connections.closeAll()
        await service.tasks.waitUntilIdle()
    }

    private func accept(from descriptor: Int32) async throws -> any Channel {
        let (service, connections) = (service, connections)
        return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: WaterMarks.low, high: WaterMarks.high))
            .childChannelInitializer { channel in Self.prepare(channel, service, connections) }
            .withBoundSocket(descriptor)
            .get()
    }

    private static func prepare(
        _ channel: any Channel, _ service: ServedService, _ connections: ConnectionLedger
    ) -> EventLoopFuture<Void> {
        guard connections.add(channel) else {
            service.logger.warning(
                "refused a connection: as many are open as are allowed", metadata: ["limit": "\(service.limits.connections)"])
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return credentials(of: channel).flatMapThrowing { peer in
            let connection = ServerConnection(service: service, peer: peer, eventLoop: channel.eventLoop)
            try channel.pipeline.syncOperations.addHandler(connection)
        }
    }

    private static func credentials(of channel: any Channel) -> EventLoopFuture<RPCPeer> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let future: EventLoopFuture<clinux_peer> = provider.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED))
        return future.map { RPCPeer(pid: $0.pid, uid: $0.uid, gid: $0.gid) }
    }
}
