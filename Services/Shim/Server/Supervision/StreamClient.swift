// A Docker client's stream: output goes to it, stdin comes from it.
import CLinux
import Contracts
import ContainerLog
import Glibc
import Linux

/// One attached client, by the socket it was handed over with.
///
/// Output waits in a queue. A client whose queue is full holds up the output, as a pipe's reader would, as long as it takes something
/// now and then. One that takes nothing for a moment falls behind: the output goes on, and what the client missed it is sent from the
/// log when it takes something again. Where there is no log to fall back on, it is dropped after `stallLimit`, unless it is the only one
/// the output is for. Once there is no more output, nobody is held up, and it has a long time for the rest.
final class StreamClient {
    /// What the client asked for.
    struct Wish {
        var stdin: Bool
        var stdout: Bool
        var stderr: Bool
        /// Empty for none, as for a process without a terminal.
        var detachKeys: [UInt8]
        /// Bytes as they are, without frame heads: a terminal's.
        var isRaw: Bool
    }

    /// Of a client whose own connection this is.
    struct Handed {
        /// Sent before anything else.
        var head: [UInt8]
        /// Came before this client was made.
        var input: [UInt8]
        var lingering: LingeringSockets
    }

    enum End { case finished, detached, disconnected, stalled }

    /// Bytes queued before the output is held up.
    static let queueLimit = 1 << 20
    static let stallLimitMilliseconds: Int64 = 10_000
    /// How long one that takes nothing keeps what is left of the output, and the shim with it.
    private static let lingerLimitMilliseconds: Int64 = 3_600_000
    /// How long the output waits for a client that can be sent from the log what it misses.
    static let patienceMilliseconds: Int64 = 300
    private static let inputChunk = 16 * 1024
    private static let headPatienceNanoseconds = UInt64(HandedClient.headPatience) * 1_000_000
    /// Bytes sent before other descriptors have their turn.
    private static let sendBudget = 1 << 20

    /// Ends once, with the reason.
    var onEnd: ((End) -> Void)?
    var onInput: (([UInt8]) -> Void)?
    /// The client closed its sending side.
    var onInputEnd: (() -> Void)?
    /// The queue has shrunk from full to half, or the client stopped taking anything, or began again.
    var onRoom: (() -> Void)?
    /// The log from this moment on, for a client that falls behind; nil where there is none.
    var fallBehind: (() -> LogReplay?)?
    /// There is no log from this moment on yet, but there will be as soon as the disk has what was written.
    var mayFallBehindSoon: (() -> Bool)?
    /// The output is for this client alone, as an exec's is: it waits for it as long as it takes.
    var isSoleReader = false

    private let loop: EventLoop
    private let socket: Int32
    private let wish: Wish
    /// nil for one end of a relay.
    private var handed: Handed?
    private var queue = ByteQueue()
    /// Bytes at the beginning of the queue that are the head's.
    private var headBytes = 0
    /// When the last of the head was sent; nil once the client has read it.
    private var headSentAt: UInt64?
    private var looksAgain = false
    private var scanner: DetachScanner
    private var replay: LogReplay?
    private var sentBytes: UInt64 = 0
    private var stallTimer: EventLoop.Timer?
    private var isInputOpen: Bool
    private var isInputPaused = true
    private var isWatched = false
    private var isFinishing = false
    private var isHeld = false
    private var hasEnded = false
    private var wasFull = false
    /// It takes nothing, and nothing waits for it.
    private var isStalled = false
    /// It is sent from the log what it missed.
    private var isBehind = false
    /// It has been sent what is in the file, and something is still on its way there.
    private var awaitsLog = false

    /// Takes the socket. Nothing happens on it before `begin`.
    init(loop: EventLoop, socket: Int32, wish: Wish, replay: LogReplay? = nil, handed: Handed? = nil) {
        self.loop = loop
        self.socket = socket
        self.wish = wish
        self.replay = replay
        scanner = DetachScanner(keys: wish.detachKeys)
        isInputOpen = wish.stdin
        self.handed = handed
        if let handed { queue.append(handed.head) }
        headBytes = queue.count
    }

    /// Starts sending, and listening for hang-ups.
    func begin() {
        watch()
        flush()
    }

    var isFull: Bool { !hasEnded && !isStalled && (isBehind || awaitsLog || (replay == nil && queue.count >= Self.queueLimit)) }
    var isLive: Bool { !hasEnded && replay == nil && !isFinishing }

    /// Queues live output. While the client is still sent the log, it will find the output there.
    func send(_ stream: LogStream, _ bytes: UnsafeBufferPointer<UInt8>) {
        guard isLive, wants(stream), !bytes.isEmpty else { return }
        enqueue(stream, bytes)
        flush()
    }

    /// Ends the attachment as soon as everything queued is sent.
    /// - Parameter isHeld: the client sees the end of its stream only when the lingering sockets are let go.
    func finish(isHeld: Bool = false) {
        guard !hasEnded, !isFinishing else { return }
        self.isHeld = isHeld
        isFinishing = true
        isInputOpen = false
        watchProgress()
        flush()
    }

    /// It isn't held any more.
    func letGo() { isHeld = false }

    /// Takes input, or leaves it in the socket.
    func setInputPaused(_ paused: Bool) {
        guard isInputPaused != paused else { return }
        isInputPaused = paused
        if !paused { takeEarlyInput() }
        watch()
    }

    private func wants(_ stream: LogStream) -> Bool { stream == .stdout ? wish.stdout : wish.stderr }

    private func enqueue(_ stream: LogStream, _ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return }
        if !wish.isRaw { queue.append(StreamFrame.head(stream, length: bytes.count)) }
        queue.append(bytes)
        guard isFull else { return }
        wasFull = true
        watchProgress()
    }
}

/// Readiness.
extension StreamClient {
    private func watch() {
        guard !hasEnded else { return }
        var interest: EventLoop.Interest = []
        if isInputOpen, !isInputPaused { interest.insert(.readable) }
        if headSentAt == nil, !queue.isEmpty || (replay != nil && !awaitsLog) { interest.insert(.writable) }
        do {
            if isWatched {
                try loop.modify(socket, interest)
            } else {
                try loop.add(socket, interest) { [weak self] ready in self?.handle(ready) }
                isWatched = true
            }
        } catch { end(.disconnected) }
    }

    private func unwatch() {
        loop.remove(socket)
        isWatched = false
    }

    private func handle(_ ready: EventLoop.Ready) {
        let isGone = !ready.isDisjoint(with: [.hangUp, .error])
        if isGone, isInputOpen, isInputPaused { return unwatch() }
        if isInputOpen, !isInputPaused, isGone || ready.contains(.readable) {
            receive()
        } else if isGone {
            return end(.disconnected)
        }
        if ready.contains(.writable), !hasEnded { flush() }
    }
}

/// Output.
extension StreamClient {
    private func flush() {
        var budget = Self.sendBudget
        while !hasEnded, budget > 0 {
            fillFromLog()
            guard !queue.isEmpty, !waitsForHead() else { break }
            let length = headBytes > 0 ? headBytes : queue.count
            let count = queue.withUnsafeBytes { clinux_send_some(socket, $0.baseAddress, length) }
            if count == -Int(EAGAIN) { break }
            guard count > 0 else { return end(.disconnected) }
            queue.removeFirst(count)
            noteHead(sent: count)
            sentBytes &+= UInt64(count)
            budget -= count
            if isStalled { recover() }
        }
        guard !hasEnded else { return }
        if isFinishing, queue.isEmpty, replay == nil { return end(.finished) }
        watch()
        if wasFull, !isBehind, queue.count <= Self.queueLimit / 2 {
            wasFull = false
            onRoom?()
        }
    }

    private func noteHead(sent count: Int) {
        guard headBytes > 0 else { return }
        headBytes -= count
        if headBytes == 0 { headSentAt = loop.now }
    }

    /// Whether the head is still unread; then the rest is sent a little later.
    private func waitsForHead() -> Bool {
        guard let sentAt = headSentAt else { return false }
        guard clinux_unread_bytes(socket) > 0, loop.now &- sentAt < Self.headPatienceNanoseconds else {
            headSentAt = nil
            return false
        }
        guard !looksAgain else { return true }
        looksAgain = true
        loop.schedule(afterMilliseconds: 1) { [weak self] in
            guard let self, !hasEnded else { return }
            looksAgain = false
            flush()
        }
        return true
    }

    /// Reads on in the log as far as the queue has room; at its end, live output takes over at exactly that point.
    private func fillFromLog() {
        guard replay != nil else { return }
        while queue.count < Self.queueLimit / 4 {
            if let entry = replay?.next() {
                if wants(entry.stream) { enqueue(entry.stream, entry.bytes) }
                continue
            }
            guard replay?.isComplete == true else { return awaitLog() }
            var tail = replay
            replay = nil
            isBehind = false
            for stream in LogStream.allCases where wants(stream) { enqueue(stream, tail?.unfinished(stream) ?? []) }
            if tail?.goesLive == false {
                isFinishing = true
                watchProgress()
            }
            return
        }
    }

    /// Meanwhile the output is held up, so that there is an end to what is on its way.
    private func awaitLog() {
        guard !awaitsLog, let replay else { return }
        awaitsLog = true
        onRoom?()
        replay.whenComplete { [weak self] in
            guard let self, !hasEnded else { return }
            awaitsLog = false
            flush()
            onRoom?()
        }
    }

    /// Looks after a while whether the client has taken anything.
    private func watchProgress(_ looks: Int64 = 1) {
        guard stallTimer == nil, isFinishing || fallBehind != nil || !isSoleReader else { return }
        let (before, wasFinishing) = (sentBytes, isFinishing)
        let mayFallBehind = !isFinishing && fallBehind != nil
        let limit =
            isFinishing
            ? Self.lingerLimitMilliseconds : mayFallBehind ? Self.patienceMilliseconds : Self.stallLimitMilliseconds
        stallTimer = loop.schedule(afterMilliseconds: limit) { [weak self] in
            guard let self else { return }
            stallTimer = nil
            guard !hasEnded, isFull || isFinishing else { return }
            if sentBytes != before || isFinishing != wasFinishing { return watchProgress() }
            if mayFallBehind, stall() { return }
            let isEarly = looks * limit < Self.stallLimitMilliseconds
            if mayFallBehind, isEarly, mayFallBehindSoon?() == true { return watchProgress(looks + 1) }
            end(.stalled)
        }
    }

    /// Lets the output go on without the client. False when there is no log to find it in.
    private func stall() -> Bool {
        if !isBehind {
            guard let log = fallBehind?() else { return false }
            replay = log
            isBehind = true
        }
        isStalled = true
        watch()
        onRoom?()
        return true
    }

    /// The client takes something again: the output waits until it has caught up.
    private func recover() {
        isStalled = false
        onRoom?()
        watchProgress()
    }

    private func end(_ reason: End) {
        guard !hasEnded else { return }
        hasEnded = true
        if let stallTimer { loop.cancel(stallTimer) }
        unwatch()
        if let handed, reason != .disconnected {
            handed.lingering.add(socket, isHeld: isHeld && reason == .finished)
        } else {
            shutdown(socket, Int32(SHUT_WR))
            close(socket)
        }
        queue = ByteQueue()
        replay = nil
        let onEnd = onEnd
        (self.onEnd, onInput, onInputEnd, onRoom, fallBehind, mayFallBehindSoon) = (nil, nil, nil, nil, nil, nil)
        onEnd?(reason)
    }
}

/// Input.
extension StreamClient {
    private func receive() {
        let (bytes, status) = readChunk()
        if status == -Int(EAGAIN) { return }
        guard !bytes.isEmpty else { return endInput(isBroken: status < 0) }
        take(bytes)
    }

    /// What came with the request, before what is still in the socket.
    private func takeEarlyInput() {
        guard isInputOpen, let bytes = handed?.input, !bytes.isEmpty else { return }
        handed?.input = []
        take(bytes)
    }

    private func take(_ bytes: [UInt8]) {
        switch scanner.scan(bytes) {
        case .input(let input): pass(input)
        case .detached(let input):
            pass(input)
            end(.detached)
        }
    }

    private func readChunk() -> (bytes: [UInt8], status: Int) {
        var status = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.inputChunk) { buffer, count in
            status = clinux_receive_some(socket, buffer.baseAddress, buffer.count)
            count = max(status, 0)
        }
        return (bytes, status)
    }

    private func pass(_ input: [UInt8]) {
        guard !input.isEmpty else { return }
        onInput?(input)
    }

    private func endInput(isBroken: Bool) {
        pass(scanner.finish())
        isInputOpen = false
        onInputEnd?()
        if isBroken { end(.disconnected) } else { watch() }
    }
}
