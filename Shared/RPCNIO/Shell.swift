// shell
import Logging
import RPC
/// Where a server accepts.
public enum RPCListener: Sendable, Equatable {
    case path(String, mode: UInt32)
    case descriptor(Int32)
}
public struct RPCMethodTable: Sendable {
    public init() {}
    public mutating func add<M: RPCMethod>(_ method: M.Type, _ handler: @escaping @Sendable (M.Request, RPCContext) async throws -> M.Response) {}
    public mutating func addStream<M: RPCStreamMethod>(
        _ method: M.Type, _ handler: @escaping @Sendable (M.Request, RPCContext, RPCServerStream<M>) async throws -> M.Response
    ) {}
}
public struct RPCItems<Item: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Item
    public typealias Failure = any Error
    public struct AsyncIterator: AsyncIteratorProtocol {
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Item? { nil }
        public mutating func next() async throws -> Item? { nil }
    }
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}
public final class RPCServerStream<M: RPCStreamMethod>: Sendable {
    public var inbound: RPCItems<M.Inbound> { RPCItems() }
    public func send(_ item: M.Outbound) async throws {}
}
public struct RPCServer: Sendable {
    public init(
        service: String, version: String, listener: RPCListener, methods: RPCMethodTable, servedUIDs: Set<UInt32> = [],
        limits: RPCLimits = .standard, logger: Logger
    ) {}
    public func run() async throws {}
}
public final class RPCConnection: Sendable {
    public let peer: RPCPeer
    init(peer: RPCPeer) { self.peer = peer }
    public static func connect(
        path: String, expecting service: String? = nil, limits: RPCLimits = .standard, logger: Logger
    ) async throws -> RPCConnection { throw RPCError(.notImplemented, "") }
    public func call<M: RPCMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh(), descriptors: [Int32] = []
    ) async throws -> M.Response { throw RPCError(.notImplemented, "") }
    public func stream<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh()
    ) async throws -> RPCClientStream<M> { throw RPCError(.notImplemented, "") }
    public func waitUntilClosed() async {}
    public func close() async {}
}
public final class RPCClientStream<M: RPCStreamMethod>: Sendable {
    public var outbound: RPCItems<M.Outbound> { RPCItems() }
    public func send(_ item: M.Inbound) async throws {}
    public func finish() async throws {}
    public func response() async throws -> M.Response { throw RPCError(.notImplemented, "") }
    public func cancel() {}
}
public final class RPCClient: Sendable {
    public init(socketPath: String, service: String, limits: RPCLimits = .standard, logger: Logger) {}
    public func call<M: RPCMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh(), descriptors: [Int32] = []
    ) async throws -> M.Response { throw RPCError(.notImplemented, "") }
    public func stream<M: RPCStreamMethod>(
        _ method: M.Type, _ request: M.Request, context: RPCContext = .fresh()
    ) async throws -> RPCClientStream<M> { throw RPCError(.notImplemented, "") }
    public func close() async {}
}
