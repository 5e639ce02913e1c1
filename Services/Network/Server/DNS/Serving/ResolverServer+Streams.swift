// Clients that come by TCP.
import CLinux
import Glibc
import Linux

/// A connection of a client. Used by the resolver's thread alone.
final class StreamClient {
    let socket: Descriptor
    let sandbox: String
    var framing = StreamFraming()
    var unsent: [UInt8] = []
    /// Queries that have no answer yet.
    var waiting = 0
    var lastHeard: Milliseconds
    /// The client says no more, and waits for answers.
    var hasEnded = false

    init(socket: Descriptor, sandbox: String, at now: Milliseconds) {
        self.socket = socket
        self.sandbox = sandbox
        lastHeard = now
    }

    static let mostWaiting = 64
    static let mostUnsent = 1 << 20

    var interest: EventLoop.Interest {
        var interest: EventLoop.Interest = unsent.isEmpty ? [] : .writable
        if !hasEnded, waiting < Self.mostWaiting { interest.insert(.readable) }
        return interest
    }

    var isDone: Bool { hasEnded && waiting == 0 && unsent.isEmpty }
}

extension ResolverServer {
    /// Of one sandbox.
    static let mostStreams = 64
    /// A connection without queries ends after that.
    static let idleLimit: Milliseconds = 10_000

    func accept(_ id: String) {
        while let sandbox = served[id] {
            let raw = clinux_accept(sandbox.sockets.streams.raw)
            guard raw >= 0 else { return }
            let socket = Descriptor(berth_descriptor_raise(raw, NamespaceSockets.lowestNumber))
            guard sandbox.connections < Self.mostStreams else { continue }
            let serial = nextSerial()
            do {
                try watch(socket.raw, .readable) { server, ready in server.progress(stream: serial, ready) }
            } catch {
                continue
            }
            streams[serial] = StreamClient(socket: socket, sandbox: id, at: now)
            served[id]?.connections += 1
            expire(stream: serial, after: Self.idleLimit)
        }
    }

    private func expire(stream serial: UInt64, after delay: Milliseconds) {
        _ = schedule(after: delay) { server in
            guard let stream = server.streams[serial] else { return }
            let left = stream.lastHeard + Self.idleLimit - server.now
            if left <= 0, stream.waiting == 0 { return server.close(stream: serial) }
            server.expire(stream: serial, after: max(left, 1000))
        }
    }

    private func progress(stream serial: UInt64, _ ready: EventLoop.Ready) {
        guard let stream = streams[serial] else { return }
        if !ready.isDisjoint(with: [.hangUp, .error]) { return close(stream: serial) }
        if ready.contains(.writable) { flush(stream: serial) }
        if ready.contains(.readable) { read(stream, serial) }
        settle(stream: serial)
    }

    private func read(_ stream: StreamClient, _ serial: UInt64) {
        let count = recv(stream.socket.raw, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            stream.hasEnded = true
            if count < 0 { close(stream: serial) }
            return
        }
        stream.lastHeard = now
        for message in stream.framing.take(buffer[..<count]) {
            stream.waiting += 1
            consider(message, from: .stream(sandbox: stream.sandbox, serial: serial))
        }
    }

    func write(_ answer: [UInt8], toStream serial: UInt64) {
        guard let stream = streams[serial] else { return }
        stream.waiting -= 1
        stream.unsent += StreamFraming.frame(answer)
        flush(stream: serial)
        if stream.unsent.count > StreamClient.mostUnsent { close(stream: serial) }
        settle(stream: serial)
    }

    private func flush(stream serial: UInt64) {
        guard let stream = streams[serial] else { return }
        while !stream.unsent.isEmpty {
            let count = Glibc.send(stream.socket.raw, stream.unsent, stream.unsent.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno != EAGAIN { return close(stream: serial) }
            if count < 0 { return }
            stream.unsent.removeFirst(count)
        }
    }

    private func settle(stream serial: UInt64) {
        guard let stream = streams[serial] else { return }
        if stream.isDone { return close(stream: serial) }
        modify(stream.socket.raw, stream.interest)
    }

    func close(stream serial: UInt64) {
        guard let stream = streams.removeValue(forKey: serial) else { return }
        unwatch(stream.socket.raw)
        served[stream.sandbox]?.connections -= 1
    }
}
