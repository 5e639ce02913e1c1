// How much a connection brings ahead of what is read.
import Glibc
import NIOCore

/// What the kernel has taken of a blob and nobody has read is lost when the connection is cut, or the service killed, and comes again
/// later. So a connection takes as much ahead as its way is long, and no more.
enum ReceiveWindow {
    /// Bytes a microsecond that the way may bring: ten gigabits a second.
    private static let rate = 1250
    /// Less would cost more system calls than it saves bytes.
    private static let minimum = 32 << 10
    /// From here on the kernel finds the size itself.
    private static let maximum = 4 << 20

    /// `roundTrip`: microseconds. nil leaves it to the kernel.
    static func bytes(roundTrip: UInt32) -> Int? {
        let bytes = Int(roundTrip) * rate
        return bytes > maximum ? nil : max(minimum, bytes)
    }

    /// Fits the receive buffer to the time that the handshake took. A connection that can't tell keeps what it has.
    static func fit(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let socket = channel as? any SocketOptionProvider else { return channel.eventLoop.makeSucceededVoidFuture() }
        return socket.getTCPInfo().flatMap { info in
            guard let bytes = bytes(roundTrip: info.tcpi_rtt) else { return channel.eventLoop.makeSucceededVoidFuture() }
            return channel.setOption(.socketOption(.so_rcvbuf), value: .init(bytes))
        }.flatMapError { _ in channel.eventLoop.makeSucceededVoidFuture() }
    }
}
