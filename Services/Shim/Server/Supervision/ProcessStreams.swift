// A process's stdin, stdout and stderr, joined to its log and to any number of clients.
import CLinux
import Contracts
import ContainerLog
import Glibc
import Linux

/// Everything the process writes goes to the log first, then to each client; what clients send goes to the process.
/// Clients may come before the process is there.
final class ProcessStreams {
    /// How long a descendant may keep the output open after the process has ended.
    static let drainGraceMilliseconds: Int64 = 2_000
    /// How long the end waits for clients that are slow to take the last output.
    static let clientGraceMilliseconds: Int64 = 2_000

    /// How long the end waits for a disk that is slow to take the last output.
    static let logGraceMilliseconds: Int64 = 2_000

    /// When a process gets its end of file on stdin. A terminal's never does.
    enum StdinEnd {
        /// Clients come and go, stdin stays open.
        case never
        /// With the first client for input that ends it or leaves.
        case withFirstClient
    }

    let isTerminal: Bool
    /// Bytes read from the process so far.
    var outputBytes: UInt64 = 0
    private(set) var clients: [StreamClient] = []

    private let loop: EventLoop
    private let log: LogWriter?
    private let remoteLog: RemoteLogSender?
    private let stdinEnd: StdinEnd
    /// Its output is for its one client alone.
    private let hasSoleReader: Bool
    private var sources: [OutputSource] = []
    private var sink: StdinSink?
    private var terminal: Int32?
    private var isHeldUp = false
    private var isConnected = false
    /// All output has been read: clients that come now get the log at most.
    private var isFinished = false
    /// The process ended a while ago: what it left is read whoever is slow to take it.
    private var isOverdue = false
    private var holdsClients = false
    private var onDrained: (() -> Void)?
    private var onLastClient: (() -> Void)?

    init(
        loop: EventLoop, isTerminal: Bool, log: LogWriter?, remoteLog: RemoteLogSender? = nil, stdinEnd: StdinEnd,
        hasSoleReader: Bool = false
    ) {
        self.loop = loop
        self.isTerminal = isTerminal
        self.log = log
        self.remoteLog = remoteLog
        self.stdinEnd = isTerminal ? .never : stdinEnd
        self.hasSoleReader = hasSoleReader
        log?.onFlow = { [weak self] in self?.updateFlow() }
    }

    /// Joins a started process; takes the descriptors.
    func connect(_ ends: ProcessEnds) {
        isConnected = true
        terminal = ends.terminal
        sink = ends.stdin.map { StdinSink(loop: loop, descriptor: $0) }
        sink?.onRoom = { [unowned self] in updateInput() }
        for (stream, descriptor) in ends.outputs { addSource(stream, descriptor) }
        updateInput()
    }

    /// CRIU's names of the process's pipes; nil for one that is closed.
    var pipeNames: (stdin: String?, stdout: String?, stderr: String?) {
        func name(_ stream: LogStream) -> String? { sources.first { $0.stream == stream }.flatMap { OpenFile.pipe(of: $0.descriptor) } }
        return (sink?.openDescriptor.flatMap { OpenFile.pipe(of: $0) }, name(.stdout), name(.stderr))
    }

    func resize(_ size: TerminalSize) -> Int32 {
        guard let terminal else { return -ENOTTY }
        return clinux_terminal_resize(terminal, size.columns, size.rows)
    }

    private func addSource(_ stream: LogStream, _ descriptor: Int32) {
        let source = OutputSource(loop: loop, descriptor: descriptor, stream: stream)
        source.onChunk = { [unowned self] chunk in take(chunk, from: stream) }
        source.onEnd = { [unowned self, unowned source] in
            sources.removeAll { $0 === source }
            finishIfDrained()
        }
        sources.append(source)
        source.setPaused(isHeldUp)
    }

    private func take(_ chunk: UnsafeBufferPointer<UInt8>, from stream: LogStream) {
        outputBytes &+= UInt64(chunk.count)
        let time = WallClock.nanoseconds
        log?.write(chunk, to: stream, at: time)
        remoteLog?.write(chunk, to: stream, at: time)
        for client in clients { client.send(stream, chunk) }
        updateFlow()
    }
}

/// Clients.
extension ProcessStreams {
    /// Joins a client from this moment on. `onEnd` is called once.
    func add(_ client: StreamClient, takesInput: Bool, onEnd: @escaping (StreamClient.End) -> Void) {
        clients.append(client)
        client.onInput = { [unowned self] in
            sink?.write($0)
            if sink?.isFull == true { updateInput() }
        }
        client.onInputEnd = { [unowned self, unowned client] in inputEnded(of: client) }
        client.onRoom = { [unowned self] in updateFlow() }
        client.isSoleReader = hasSoleReader
        if let log {
            client.fallBehind = { log.isSettled ? try? LogReplay(after: log) : nil }
            client.mayFallBehindSoon = { !log.isSettled }
        }
        client.onEnd = { [unowned self, unowned client] reason in
            removed(client, takesInput: takesInput)
            onEnd(reason)
        }
        client.begin()
        client.setInputPaused(!takesInputNow)
        if isFinished { client.finish(isHeld: holdsClients) }
    }

    /// As dockerd has it: the end of a client's input closes stdin, or else ends the attachment.
    private func inputEnded(of client: StreamClient) {
        if stdinEnd == .never { client.finish() } else { sink?.finish() }
    }

    private func removed(_ client: StreamClient, takesInput: Bool) {
        clients.removeAll { $0 === client }
        if takesInput, stdinEnd == .withFirstClient { sink?.finish() }
        updateFlow()
        if clients.isEmpty { onLastClient?() }
    }

    private var takesInputNow: Bool { isConnected && sink?.isFull != true }

    private func updateInput() {
        for client in clients { client.setInputPaused(!takesInputNow) }
    }

    /// A full client holds up the process, as the reader of a pipe does; so does a full log.
    private func updateFlow() {
        let isHeldUp = log?.isFull == true || !isOverdue && clients.contains { $0.isFull }
        guard isHeldUp != self.isHeldUp else { return }
        self.isHeldUp = isHeldUp
        for source in sources { source.setPaused(isHeldUp) }
    }
}

/// The end.
extension ProcessStreams {
    /// From now on clients see the end of their streams as soon as it has been sent.
    func letClientsGo() {
        holdsClients = false
        for client in clients { client.letGo() }
    }

    /// The process has ended: calls back once its last output is read, logged and, as far as they take it, sent to the clients.
    /// - Parameter holdsClients: they see the end of their streams only when the lingering sockets are let go.
    func drain(holdsClients: Bool = false, _ completion: @escaping () -> Void) {
        onDrained = completion
        self.holdsClients = holdsClients
        for source in sources { source.processEnded() }
        loop.schedule(afterMilliseconds: Self.drainGraceMilliseconds) { [weak self] in
            guard let self, !sources.isEmpty else { return }
            isOverdue = true
            if log?.isFull == true { log?.stopHoldingUp() }
            updateFlow()
            for source in sources { source.endWhenPaid() }
        }
        finishIfDrained()
    }

    /// There will be no process: clients that waited for one are let go.
    func abandon() {
        guard !isConnected else { return }
        isFinished = true
        for client in clients { client.finish() }
    }

    /// Calls back when the last client has left.
    func whenClientsAreGone(_ completion: @escaping () -> Void) {
        if clients.isEmpty { completion() } else { onLastClient = completion }
    }

    private func finishIfDrained() {
        guard sources.isEmpty, let completion = onDrained else { return }
        onDrained = nil
        isFinished = true
        log?.finish()
        remoteLog?.finish()
        sink?.close()
        sink = nil
        if let terminal { close(terminal) }
        terminal = nil
        settleLog { [unowned self] in finishClients(completion) }
    }

    /// Whoever is told of the end finds all output in the log, unless the disk takes too long.
    private func settleLog(_ completion: @escaping () -> Void) {
        guard let log, !log.isSettled else { return completion() }
        let once = Self.once(completion)
        let timer = loop.schedule(afterMilliseconds: Self.logGraceMilliseconds, once)
        log.whenSettled { [loop] in
            loop.cancel(timer)
            once()
        }
    }

    private func finishClients(_ completion: @escaping () -> Void) {
        let once = Self.once(completion)
        for client in clients { client.finish(isHeld: holdsClients) }
        let timer = clients.isEmpty ? nil : loop.schedule(afterMilliseconds: Self.clientGraceMilliseconds, once)
        whenClientsAreGone { [unowned self] in
            onLastClient = nil
            if let timer { loop.cancel(timer) }
            once()
        }
    }

    /// What may be called by several, and does its work for the first.
    private static func once(_ action: @escaping () -> Void) -> () -> Void {
        var pending: (() -> Void)? = action
        return {
            let action = pending
            pending = nil
            action?()
        }
    }
}
