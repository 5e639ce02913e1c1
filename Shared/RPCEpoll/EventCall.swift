// A call in progress, its types forgotten: what RPCCall and RPCEventStream have in common.
import Glibc
import RPC

/// Between a handler and its connection. Over when it has been answered, cancelled, or the connection is lost.
final class EventCall {
    let stream: UInt32
    let context: RPCContext
    private weak var connection: EventConnection?
    private var descriptors: [Int32]
    private var isOver = false
    private var wasCancelled = false
    /// Items that wait for credit, and the answer that waits for them.
    private var pending: [RPCOutboundFrame] = []
    private var pendingCost = 0
    private var answer: RPCOutboundFrame?

    var onItem: ((RPCPayload) -> Void)?
    var onItemsEnd: (() -> Void)?
    var onDrained: (() -> Void)?
    var onCancel: (() -> Void)? {
        didSet { if wasCancelled { takeOnCancel()?() } }
    }

    init(_ request: RPCIncomingRequest, on connection: EventConnection, descriptors: [Int32]) {
        stream = request.stream
        self.connection = connection
        self.descriptors = descriptors
        var context = request.context
        context.peer = connection.peer
        self.context = context
    }

    deinit { closeDescriptors() }

    func begin(acceptsItems: Bool) { connection?.begin(self, acceptsItems: acceptsItems) }

    func takeDescriptors() -> [Int32] {
        defer { descriptors = [] }
        return descriptors
    }

    /// Whether items wait for the caller to give credit.
    var isWaiting: Bool { !pending.isEmpty }

    // MARK: From the handler

    func finish<Value: Encodable>(_ result: Result<Value, RPCError>) {
        guard !isOver, answer == nil, let connection else { return }
        answer = frame(of: result, limit: connection.peerFrameLimit)
        flush()
    }

    /// Queues an item. False when the call is over, or is ended by this because too much waits for its caller.
    func send<Item: Encodable>(_ item: Item) -> Bool {
        guard !isOver, answer == nil, let connection else { return false }
        do {
            let frame = try RPCOutboundFrame.item(item).checked(limit: connection.peerFrameLimit)
            pending.append(frame)
            pendingCost += frame.itemCost
        } catch {
            finish(Result<RPCNothing, RPCError>.failure(Self.rpcError(error)))
            return false
        }
        flush()
        guard pendingCost > connection.limits.streamWindow else { return true }
        pending.removeAll()
        finish(Result<RPCNothing, RPCError>.failure(RPCError(.resourceExhausted, "The items of this stream were not read in time.")))
        return false
    }

    // MARK: From the connection

    func receive(_ payload: RPCPayload) {
        onItem?(payload)
        connection?.consumed(RPCOutboundFrame.itemCost(bodyBytes: payload.count), of: self)
    }

    func receiveEnd() { onItemsEnd?() }

    /// The caller gave credit.
    func receiveCredit() {
        let waited = isWaiting
        flush()
        if waited, !isWaiting { onDrained?() }
    }

    /// Sends what credit allows, and the answer after the last item.
    private func flush() {
        guard !isOver, let connection else { return }
        var sent = 0
        while sent < pending.count, connection.send(item: pending[sent], of: self) == .sent {
            pendingCost -= pending[sent].itemCost
            sent += 1
        }
        // Sending may have found the connection lost, which ends this call.
        pending.removeFirst(min(sent, pending.count))
        guard !isOver, pending.isEmpty, let answer else { return }
        end()
        connection.finish(self, with: answer)
    }

    func cancel() {
        guard !isOver else { return }
        wasCancelled = true
        let action = takeOnCancel()
        end()
        action?()
    }

    private func takeOnCancel() -> (() -> Void)? {
        guard let action = onCancel else { return nil }
        onCancel = nil
        return action
    }

    // The closures may hold whoever holds this call: let go of them.
    private func end() {
        isOver = true
        pending.removeAll()
        closeDescriptors()
        onItem = nil
        onItemsEnd = nil
        onDrained = nil
        onCancel = nil
    }

    private func closeDescriptors() {
        descriptors.forEach { Glibc.close($0) }
        descriptors = []
    }

    private func frame<Value: Encodable>(of result: Result<Value, RPCError>, limit: Int) -> RPCOutboundFrame {
        do {
            return try RPCOutboundFrame.response(result.get()).checked(limit: limit)
        } catch {
            return .error(Self.rpcError(error))
        }
    }

    static func rpcError(_ error: any Error) -> RPCError {
        error as? RPCError ?? RPCError(.internalError, "\(error)")
    }
}
