// A small HTTP/1.1 client for the gateway's socket, for tools that must work when little else does.
import Glibc

/// One request a connection, synchronous, with a deadline and a bound on the reply.
public struct UnixHTTPClient: Sendable {
    public var socketPath: String
    /// For the whole exchange.
    public var timeout: Duration
    /// Bytes.
    public var replyLimit = 64 << 20

    public init(socketPath: String, timeout: Duration = .seconds(10)) {
        self.socketPath = socketPath
        self.timeout = timeout
    }

    /// Sends a request and reads the reply to its end.
    /// Throws `SystemCallError` (`ETIMEDOUT` past the deadline) and `HTTPReply.Malformed`.
    public func request(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) throws -> HTTPReply {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: berth\r\nConnection: close\r\n"
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return try HTTPReply(parsing: exchange(Array((head + "\r\n").utf8) + body))
    }

    /// Sends bytes as they are and returns all that comes back before the end of the connection.
    /// A peer that stops reading early is no error: its reply says why.
    public func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
        let deadline = ContinuousClock.now + timeout
        let descriptor = try UnixSocket.connect(path: socketPath)
        defer { close(descriptor) }
        var unsent = bytes[...]
        var received: [UInt8] = []
        while true {
            let ready = try wait(descriptor, writable: !unsent.isEmpty, until: deadline)
            if ready.readable {
                guard let chunk = try read(descriptor) else { return received }
                received += chunk
                guard received.count <= replyLimit else { throw SystemCallError("read", socketPath, code: EMSGSIZE) }
            } else if ready.writable {
                unsent = unsent.dropFirst(send(descriptor, unsent) ?? unsent.count)
            }
        }
    }

    private func wait(_ descriptor: Int32, writable: Bool, until deadline: ContinuousClock.Instant) throws -> (
        readable: Bool, writable: Bool
    ) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN) | (writable ? Int16(POLLOUT) : 0), revents: 0)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw SystemCallError("read", socketPath, code: ETIMEDOUT) }
            let count = poll(
                &entry, 1, Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1))
            if count < 0, errno != EINTR { throw SystemCallError("poll", socketPath) }
            if count > 0 { break }
        }
        return (entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, entry.revents & Int16(POLLOUT) != 0)
    }

    /// nil at the end of the connection.
    private func read(_ descriptor: Int32) throws -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 {
            if errno == ECONNRESET { return nil }
            throw SystemCallError("read", socketPath)
        }
        return count == 0 ? nil : buffer.prefix(count)
    }

    /// Bytes taken; nil when the peer reads no more.
    private func send(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? 0 : nil }
        return count
    }
}
