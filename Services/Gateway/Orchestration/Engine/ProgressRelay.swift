// Hands progress from the operation to the client, one line at a time.
import Models

/// A slot for one line: the sender waits until the reader has taken it.
actor ProgressRelay {
    private var line: ProgressMessage?
    private var end: Result<Void, any Error>?
    private var reader: CheckedContinuation<Void, Never>?
    private var sender: CheckedContinuation<Void, Never>?

    func send(_ message: ProgressMessage) async throws {
        while line != nil {
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { sender = $0 }
            } onCancel: {
                Task { await self.wakeSender() }
            }
        }
        line = message
        wakeReader()
    }

    func finish(_ error: (any Error)?) {
        end = error.map { .failure($0) } ?? .success(())
        wakeReader()
    }

    /// nil at the end; throws what the operation failed with.
    func next() async throws -> ProgressMessage? {
        while line == nil {
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
            line = nil
            wakeSender()
        }
        return line
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
