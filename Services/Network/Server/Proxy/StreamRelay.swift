// One connection through a proxied port: bytes from each end to the other.
import Glibc
import Linux

/// Two sockets and what is on its way between them. Used by the proxy's thread alone.
final class StreamRelay {
    enum End: Int {
        case client, container
        var other: End { self == .client ? .container : .client }
    }

    /// What one end has said and the other hasn't taken yet.
    private struct Direction {
        var unsent: ArraySlice<UInt8> = []
        /// The end says no more.
        var hasEnded = false
        /// And the other knows.
        var isShut = false
    }

    let key: ProxiedPort.Key
    private let sockets: [Descriptor]
    private var directions = [Direction(), Direction()]
    private var isConnected = false
    /// Ends that are shut both ways: they have said all, and would tell so for ever.
    private var departed: Set<End> = []

    /// `container` is connecting.
    init(key: ProxiedPort.Key, client: Descriptor, container: Descriptor) {
        self.key = key
        sockets = [client, container]
    }

    func socket(_ end: End) -> Descriptor { sockets[end.rawValue] }

    /// nil while nothing at all is to be waited for at that end.
    func interest(_ end: End) -> EventLoop.Interest? {
        guard !departed.contains(end) else { return nil }
        guard isConnected else { return end == .container ? .writable : [] }
        var interest: EventLoop.Interest = []
        let (said, heard) = (directions[end.rawValue], directions[end.other.rawValue])
        if !said.hasEnded, said.unsent.isEmpty { interest.insert(.readable) }
        if !heard.unsent.isEmpty { interest.insert(.writable) }
        return interest
    }

    var isDone: Bool { directions.allSatisfy(\.isShut) }

    /// Moves what can be moved. Returns false when the connection has come to its end, or to grief.
    func progress(_ end: End, _ ready: EventLoop.Ready, _ buffer: inout [UInt8]) -> Bool {
        if !isConnected {
            guard end == .container, socket(.container).pendingError == 0 else { return false }
            isConnected = true
            return true
        }
        if ready.contains(.error) { return false }
        if ready.contains(.hangUp) {
            departed.insert(end)
            while !directions[end.rawValue].hasEnded { guard read(end, &buffer) else { return false } }
        } else if ready.contains(.readable), directions[end.rawValue].unsent.isEmpty {
            guard read(end, &buffer) else { return false }
        }
        guard write(to: end.other), write(to: end) else { return false }
        return !isDone
    }

    /// False when the end is broken.
    private func read(_ end: End, _ buffer: inout [UInt8]) -> Bool {
        let count = recv(socket(end).raw, &buffer, buffer.count, 0)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        directions[end.rawValue].hasEnded = count == 0
        directions[end.rawValue].unsent += buffer[..<count]
        return true
    }

    private func write(to end: End) -> Bool {
        let source = end.other.rawValue
        while !directions[source].unsent.isEmpty {
            let count = directions[source].unsent.withUnsafeBytes { send(socket(end).raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno == EAGAIN }
            directions[source].unsent = directions[source].unsent.dropFirst(count)
        }
        if directions[source].hasEnded, !directions[source].isShut {
            directions[source].isShut = true
            shutdown(socket(end).raw, Int32(SHUT_WR))
        }
        return true
    }
}

extension Descriptor {
    /// What became of a connection attempt: 0, or an errno.
    var pendingError: Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }
}
