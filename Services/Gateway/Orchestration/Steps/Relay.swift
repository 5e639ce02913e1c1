// Hands items from the operation that makes them to the client that reads them, one at a time.

/// A slot for one item: the sender waits until the reader has taken it.
actor Relay<Item: Sendable> {
    private var item: Item?
    private var end: Result<Void, any Error>?
    private var reader: CheckedContinuation<Void, Never>?
    private var sender: CheckedContinuation<Void, Never>?

    func send(_ message: Item) async throws {
        while item != nil {
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { sender = $0 }
            } onCancel: {
                Task { await self.wakeSender() }
            }
        }
        item = message
        wakeReader()
    }

    func finish(_ error: (any Error)?) {
        end = error.map { .failure($0) } ?? .success(())
        wakeReader()
    }

    /// nil at the end; throws what the operation failed with.
    func next() async throws -> Item? {
        while item == nil {
            if let end {
                try end.get()
                return nil
            }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { reader = $0 }
            } onCancel: {
                Task { await self.wakeReader() }
            }
        }
        defer {
            item = nil
            wakeSender()
        }
        return item
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }

    private func wakeSender() {
        sender?.resume()
        sender = nil
    }
}

/// An operation that makes items while they are read. Letting go of it cancels it; so does cancelling a read.
final class StreamedWork<Item: Sendable>: Sendable {
    typealias Send = @Sendable (Item) async throws -> Void

    private let relay: Relay<Item>
    private let task: Task<Void, Never>

    init(_ operation: @escaping @Sendable (@escaping Send) async throws -> Void) {
        let relay = Relay<Item>()
        self.relay = relay
        task = Task {
            do {
                try await operation { try await relay.send($0) }
                await relay.finish(nil)
            } catch {
                await relay.finish(error)
            }
        }
    }

    deinit { task.cancel() }

    /// nil at the end; throws what the operation failed with.
    func next() async throws -> Item? {
        try await withTaskCancellationHandler {
            try await relay.next()
        } onCancel: {
            task.cancel()
        }
    }
}
