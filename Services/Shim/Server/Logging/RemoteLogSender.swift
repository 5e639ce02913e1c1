// Sends a container's output to a log service. Doesn't wait for it, but for half a second at the end of the output: what it doesn't take is
// kept up to a limit, then the oldest dropped.
import ContainerLog
import Contracts
import Glibc
import Linux

final class RemoteLogSender {
    /// Between attempts to reach a service.
    static let retryMilliseconds: Int64 = 500
    /// How long the end of the container is held up for what is still to be sent.
    private static let lastMilliseconds: Int32 = 500
    /// Messages sent before other descriptors have their turn.
    private static let turn = 256

    private enum Connection {
        case none
        /// A stream that isn't connected yet, or a socket that takes nothing now.
        case waiting(Int32)
        case open(Int32)
    }

    /// Messages lost because the service couldn't be reached or was too slow.
    private(set) var droppedMessages: UInt64 = 0
    /// Told when messages begin to be lost, and when the service takes them again: true, then false.
    var onTrouble: ((Bool) -> Void)?

    private let loop: EventLoop
    private let spec: RemoteLog
    private let format: RemoteLogFormat
    private var connection = Connection.none
    private var retry: EventLoop.Timer?
    private var queue = MessageQueue()
    private var stdout = LineSplitter()
    private var stderr = LineSplitter()
    private var parts: [LogStream: LinePartCounter] = [:]
    private var isInTrouble = false
    private var lastMessage: UInt64 = 0

    init(loop: EventLoop, spec: RemoteLog) {
        self.loop = loop
        self.spec = spec
        format = RemoteLogFormat(spec: spec)
    }

    deinit { disconnect() }

    func write(_ chunk: UnsafeBufferPointer<UInt8>, to stream: LogStream, at time: Int64) {
        switch stream {
        case .stdout: stdout.consume(chunk, at: time) { take($0, stream, at: $1) }
        case .stderr: stderr.consume(chunk, at: time) { take($0, stream, at: $1) }
        }
        send()
    }

    /// The end of the container's output: sends what can be sent within a moment.
    func finish() {
        stdout.finish { take($0, .stdout, at: $1) }
        stderr.finish { take($0, .stderr, at: $1) }
        // What the next run writes is no part of this one's last line.
        parts = [:]
        send()
        let deadline = loop.now + UInt64(Self.lastMilliseconds) * 1_000_000
        while !queue.isEmpty, loop.now < deadline {
            guard case .waiting(let socket) = connection else { break }
            var watched = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            guard poll(&watched, 1, Self.lastMilliseconds) == 1 else { break }
            connection = .open(socket)
            loop.remove(socket)
            send()
        }
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: LogStream, at time: Int64) {
        let part = parts[stream, default: LinePartCounter()].next(isTerminated: bytes.last == UInt8(ascii: "\n"))
        let message = format.message(bytes, stream, at: time, part: part)
        guard !message.isEmpty else { return }
        lastMessage &+= 1
        let isChunked = spec.format == .gelf && spec.transport == .udp
        let parts = isChunked ? GelfEntry.datagrams(message, id: UInt64(bitPattern: time) &+ lastMessage) : [message]
        let dropped = parts.isEmpty ? 1 : queue.append(parts, limit: Int(clamping: spec.bufferBytes))
        guard dropped > 0 else { return }
        droppedMessages += UInt64(dropped)
        tell(true)
    }

    private func tell(_ isLosing: Bool) {
        guard isInTrouble != isLosing else { return }
        isInTrouble = isLosing
        onTrouble?(isLosing)
    }

    private func send() {
        for _ in 0..<Self.turn {
            guard let message = queue.first else { return tell(false) }
            guard let socket = openSocket() else { return }
            let count = message.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            let error = errno
            if count >= 0 {
                queue.removeFirst(RemoteLogSocket.isDatagram(socket) ? message.count : count)
            } else if error == EAGAIN || error == EINTR || error == ENOBUFS {
                return wait(socket)
            } else if error == EMSGSIZE {
                queue.removeFirst(message.count)
                droppedMessages += 1
            } else {
                return reconnectLater()
            }
        }
        if case .open(let socket) = connection, !queue.isEmpty { wait(socket) }
    }

    /// nil while there is none to be had.
    private func openSocket() -> Int32? {
        switch connection {
        case .open(let socket): return socket
        case .waiting: return nil
        case .none:
            guard retry == nil else { return nil }
            switch RemoteLogSocket.connect(spec) {
            case .connected(let socket): connection = .open(socket)
            case .connecting(let socket):
                wait(socket)
                return nil
            case .failed:
                reconnectLater()
                return nil
            }
            return openSocket()
        }
    }

    /// Goes on when the socket takes something again, or has failed.
    private func wait(_ socket: Int32) {
        connection = .waiting(socket)
        do {
            try loop.add(socket, .writable) { [weak self] _ in
                guard let self else { return }
                loop.remove(socket)
                connection = .open(socket)
                send()
            }
        } catch { reconnectLater() }
    }

    private func reconnectLater() {
        disconnect()
        // A stream that broke off within a message begins it again.
        queue.restartFirst()
        guard retry == nil else { return }
        retry = loop.schedule(afterMilliseconds: Self.retryMilliseconds) { [weak self] in
            self?.retry = nil
            self?.send()
        }
    }

    private func disconnect() {
        switch connection {
        case .none: break
        case .open(let socket): close(socket)
        case .waiting(let socket):
            loop.remove(socket)
            close(socket)
        }
        connection = .none
    }
}

/// Messages that wait, oldest first.
struct MessageQueue {
    private var messages: [[UInt8]] = []
    private var head = 0
    private(set) var count = 0
    /// Bytes of the first message that have been sent.
    private var sent = 0

    var isEmpty: Bool { head == messages.count }

    /// What is still to be sent of the oldest.
    var first: ArraySlice<UInt8>? { isEmpty ? nil : messages[head][sent...] }

    /// Returns how many were dropped to make room.
    mutating func append(_ parts: [[UInt8]], limit: Int) -> Int {
        var dropped = 0
        let size = parts.reduce(0) { $0 + $1.count }
        // The first may be on its way already.
        while messages.count - head > 1, count + size > limit {
            let victim = sent > 0 ? head + 1 : head
            count -= messages[victim].count
            if victim == head { head += 1 } else { messages.remove(at: victim) }
            dropped += 1
        }
        messages += parts
        count += size
        return dropped
    }

    mutating func removeFirst(_ bytes: Int) {
        sent += bytes
        guard !isEmpty, sent >= messages[head].count else { return }
        count -= messages[head].count
        messages[head] = []
        head += 1
        sent = 0
        if head == messages.count {
            messages = []
            head = 0
        } else if head > 1024, head > messages.count / 2 {
            messages.removeFirst(head)
            head = 0
        }
    }

    mutating func restartFirst() { sent = 0 }
}
