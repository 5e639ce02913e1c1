// The Engine API's server: it listens, serves connections, and ends them in good order.
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix
import RPCNIO
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Serves the API at one or more addresses until its task is cancelled or the service group shuts down.
public struct EngineServer: Service {
    private let configuration: EngineServerConfiguration
    private let responder: EngineResponder
    private let budget = RequestBudget()
    /// What nothing may do that is done for this server's clients, as calls of other services carry it; empty for no limit.
    private let scope: String
    private let logger: Logger
    private let onReady: @Sendable () -> Void

    /// - Parameter onReady: Called once every address is listened at.
    public init(_ configuration: EngineServerConfiguration, api: EngineAPI, logger: Logger, onReady: @escaping @Sendable () -> Void = {}) {
        scope = api.scope
        self.configuration = configuration
        self.logger = logger
        self.onReady = onReady
        responder = EngineResponder(
            routes: RouteTable(api.routes), budget: budget, logger: logger, isExperimental: api.isExperimental,
            oldestVersion: api.oldestVersion)
    }

    /// Errors: `ListenError`.
    public func run() async throws {
        let connections = OpenConnections()
        let bound = try await configuration.bind(logger: logger) { channel in accept(channel, connections) }
        defer { bound.unixSockets.forEach { $0.remove() } }
        onReady()
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for listener in bound.listeners {
                    group.addTask { try await serve(listener, connections) }
                }
            }
        } onGracefulShutdown: {
            bound.listeners.forEach { $0.channel.close(promise: nil) }
            connections.quiesce()
        }
    }

    private func accept(_ channel: any Channel, _ connections: OpenConnections) -> EventLoopFuture<EngineChannel.Value> {
        connections.add(channel)
        return EngineChannel(responder: respond, budget: budget).setup(channel: channel, logger: logger)
    }

    private func serve(_ listener: NIOAsyncChannel<EngineChannel.Value, Never>, _ connections: OpenConnections) async throws {
        let handler = EngineChannel(responder: respond, budget: budget)
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { inbound in
                for try await connection in inbound {
                    guard connections.count <= OpenConnections.limit else {
                        logger.warning("too many connections: one is turned away", metadata: ["limit": "\(OpenConnections.limit)"])
                        try? await connection.executeThenClose { _, _ in }
                        continue
                    }
                    group.addTask(executorPreference: LoopExecutor(connection.channel.eventLoop)) {
                        await RPCScope.$current.withValue(scope) { await handler.handle(value: connection, logger: logger) }
                    }
                }
            }
        }
    }

    @Sendable
    private func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        let response = await responder.respond(to: request, on: ClientConnection(channel: channel))
        try await writer.write(response: response.head, body: response.body)
    }
}

/// The connections there are, so that a shutdown can end the idle ones and hurry the busy ones.
final class OpenConnections: Sendable {
    /// Connections served at a time: far more than clients need, far less than memory holds.
    static let limit = 4096

    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let crowd = CrowdWatch()

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        crowd.rose(
            to: channels.withLock { channels in
                channels[key] = channel
                return channels.count
            })
        channel.closeFuture.whenComplete { _ in self.remove(key) }
    }

    private func remove(_ key: ObjectIdentifier) {
        let isOver = crowd.fell(
            to: channels.withLock { channels in
                channels[key] = nil
                return channels.count
            })
        guard isOver else { return }
        Task.detached {
            try? await Task.sleep(for: CrowdWatch.delay)
            Heap.trim()
        }
    }

    var count: Int { channels.withLock { $0.count } }

    func quiesce() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        }
    }
}
