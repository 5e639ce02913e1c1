// shell
import Linux
import RPC
public final class RPCEventServer {
    /// Called with the number of open connections whenever it changes.
    public var onConnectionCountChange: ((Int) -> Void)?
    /// Told why a connection was closed for breaking the protocol, and what else is worth a log line.
    public var onLog: ((String) -> Void)?
    public init(service: String, version: String, loop: EventLoop, limits: RPCLimits = .standard, servedUIDs: Set<UInt32> = []) {}
    public func add<M: RPCMethod>(_ method: M.Type, _ handler: @escaping (M.Request, RPCCall<M>) -> Void) {}
    public func addStream<M: RPCStreamMethod>(_ method: M.Type, _ handler: @escaping (M.Request, RPCEventStream<M>) -> Void) {}
    /// Serves an accepted connection; takes the descriptor.
    public func adopt(connection descriptor: Int32) throws {}
    /// Accepts connections of a listening socket; takes the descriptor.
    public func listen(fd descriptor: Int32) throws {}
    /// Closes the listeners and every connection.
    public func close() {}
}
public final class RPCCall<M: RPCMethod> {
    public let context: RPCContext
    init(context: RPCContext) { self.context = context }
    public func takeDescriptors() -> [Int32] { [] }
    public func reply(_ result: Result<M.Response, RPCError>) {}
    public var onCancel: (() -> Void)?
}
public final class RPCEventStream<M: RPCStreamMethod> {
    public let context: RPCContext
    init(context: RPCContext) { self.context = context }
    public func takeDescriptors() -> [Int32] { [] }
    public func send(_ item: M.Outbound) -> Bool { false }
    public func reply(_ result: Result<M.Response, RPCError>) {}
    public var onItem: ((M.Inbound) -> Void)?
    public var onInboundEnd: (() -> Void)?
    public var onCancel: (() -> Void)?
}
