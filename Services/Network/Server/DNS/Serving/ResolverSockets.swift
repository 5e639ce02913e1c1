// The sockets at which a sandbox finds the resolver.
import Glibc

/// Two bound sockets in a sandbox's namespace: one for datagrams, one that listens for connections.
struct ResolverSockets: Sendable {
    let datagrams: Descriptor
    let streams: Descriptor

    /// Above the range that clients' ports come from, so that containers hardly meet it.
    static let preferredPort: UInt16 = 61_153
    private static let backlog: Int32 = 64

    /// Opens both in the namespace and leads queries to them. Throws `KernelError`.
    init(opening sockets: NamespaceSockets, in path: String) throws(KernelError) {
        datagrams = try Self.bound(try sockets.open(in: path, family: AF_INET, SOCK_DGRAM))
        // Room for what is asked while the service restarts; without it, there is less.
        var room: Int32 = 1 << 20
        setsockopt(datagrams.raw, SOL_SOCKET, SO_RCVBUFFORCE, &room, socklen_t(MemoryLayout<Int32>.size))
        streams = try Self.bound(try sockets.open(in: path, family: AF_INET, SOCK_STREAM))
        guard listen(streams.raw, Self.backlog) == 0 else { throw KernelError(operation: "listen for the resolver", code: errno) }
        try ResolverRedirect.install(sockets, in: path, udp: datagrams.boundPort, tcp: streams.boundPort)
    }

    /// Those that an earlier process of the service opened, from a supervisor's hands; nil when they aren't one of each.
    init?(restoring descriptors: [Descriptor]) {
        guard let datagrams = descriptors.first(where: { !$0.isStreamSocket }), let streams = descriptors.first(where: \.isStreamSocket),
            descriptors.count == 2, datagrams.boundPort != 0, streams.boundPort != 0
        else { return nil }
        self.datagrams = datagrams
        self.streams = streams
    }

    private static func bound(_ socket: Descriptor) throws(KernelError) -> Descriptor {
        do {
            try socket.bind(ResolverClient.address, preferredPort)
        } catch {
            guard error.code == EADDRINUSE else { throw error }
            try socket.bind(ResolverClient.address, 0)
        }
        return socket
    }
}
