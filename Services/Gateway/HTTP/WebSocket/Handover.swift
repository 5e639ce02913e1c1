// Hands values from several senders to one reader, one at a time.

/// A slot for one value: a sender waits until the reader has taken it.
actor Handover<Element: Sendable> {
    private var element: Element?
    private var isFinished = false
    private var reader: CheckedContinuation<Void, Never>?
    private var senders: [CheckedContinuation<Void, Never>] = []

    /// Does nothing once it is finished.
    func send(_ value: Element) async {
        while element != nil, !isFinished {
            await withCheckedContinuation { senders.append($0) }
        }
        guard !isFinished else { return }
        element = value
        wakeReader()
    }

    /// What was sent is still read; nothing more is.
    func finish() {
        isFinished = true
        wakeReader()
        wakeSenders()
    }

    /// nil at the end.
    func next() async -> Element? {
        while element == nil, !isFinished {
            await withCheckedContinuation { reader = $0 }
        }
        defer {
            element = nil
            wakeSenders()
        }
        return element
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }

    private func wakeSenders() {
        let waiting = senders
        senders = []
        for sender in waiting { sender.resume() }
    }
}
