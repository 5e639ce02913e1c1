// Where the server listens, and how those sockets come to be.
import Glibc
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Where the Engine API is offered.
public struct EngineServerConfiguration: Sendable {
    /// Addresses the server opens itself.
    public var addresses: [ListenAddress]
    /// Listening sockets that a supervisor opened.
    public var descriptors: [Int32]
    /// Mode of Unix sockets.
    public var socketMode: UInt32
    /// Name or number of the group that Unix sockets belong to; nil leaves the process's.
    public var socketGroup: String?
    /// Allows TCP without TLS at addresses that other machines reach: whoever connects is root on this one.
    public var allowsInsecureTCP: Bool
    /// For TCP; nil for none.
    public var tls: ServerTLS?
    /// Key of the configuration that names the addresses, for errors.
    public var key: String?
    public var eventLoopGroup: any EventLoopGroup

    public init(
        addresses: [ListenAddress], descriptors: [Int32] = [], socketMode: UInt32 = 0o660, socketGroup: String? = nil,
        allowsInsecureTCP: Bool = false, tls: ServerTLS? = nil, key: String? = nil, eventLoopGroup: any EventLoopGroup
    ) {
        self.addresses = addresses
        self.descriptors = descriptors
        self.socketMode = socketMode
        self.socketGroup = socketGroup
        self.allowsInsecureTCP = allowsInsecureTCP
        self.tls = tls
        self.key = key
        self.eventLoopGroup = eventLoopGroup
    }

    /// Errors: `ListenError` for an address that would hand this machine to others.
    public func validate() throws {
        guard tls?.clientAuthority == nil else { return }
        for address in addresses where !address.isLocal && !allowsInsecureTCP {
            throw ListenError(
                "refusing to listen at \(address) without TLS and client certificates: whoever reaches it has root on this machine. "
                    + "Use --tlsverify, listen at 127.0.0.1 or a Unix socket, or, if the network is trusted, say --tls=false")
        }
    }

    typealias Listener = NIOAsyncChannel<EngineChannel.Value, Never>

    /// Opens every address.
    func bind(
        logger: Logger, _ accept: @escaping @Sendable (any Channel) -> EventLoopFuture<EngineChannel.Value>
    ) async throws -> (listeners: [Listener], unixSockets: [UnixListener]) {
        try validate()
        var unixSockets: [UnixListener] = []
        var listeners: [Listener] = []
        let bootstrap = bootstrap(logger)
        do {
            for descriptor in descriptors {
                listeners.append(try await bootstrap.bind(descriptor, childChannelInitializer: accept))
            }
            for address in addresses {
                switch address {
                case .unix(let path):
                    let socket = try naming(address) { try UnixListener(path: path, mode: socketMode, group: socketGroup) }
                    unixSockets.append(socket)
                    listeners.append(try await bootstrap.bind(socket.descriptor, childChannelInitializer: accept))
                case .tcp(let host, let port):
                    let secured = try securing(accept)
                    do {
                        listeners.append(try await bootstrap.bind(host: host, port: port, childChannelInitializer: secured))
                    } catch {
                        throw refusal(address, error)
                    }
                }
            }
        } catch {
            for listener in listeners { try? await listener.executeThenClose { _ in } }
            unixSockets.forEach { $0.remove() }
            throw error
        }
        return (listeners, unixSockets)
    }

    private func naming(_ address: ListenAddress, _ body: () throws -> UnixListener) throws -> UnixListener {
        do { return try body() } catch { throw refusal(address, error) }
    }

    /// In words that name the key, and say what to do where this process may not listen.
    private func refusal(_ address: ListenAddress, _ error: any Error) -> ListenError {
        var words = (error as? ListenError)?.description ?? "can't listen at \(address): \(error)"
        if let error = error as? IOError, error.errnoCode == EACCES {
            words += ListenError.advice("choose a port from 1024 on, or give the unit CAP_NET_BIND_SERVICE")
        }
        return ListenError((key.map { "\($0): " } ?? "") + words)
    }

    private typealias Accept = @Sendable (any Channel) -> EventLoopFuture<EngineChannel.Value>

    /// Puts TLS below HTTP, if there is to be any.
    private func securing(_ accept: @escaping Accept) throws -> Accept {
        guard let context = try tls?.context() else { return accept }
        return { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            }.flatMap { accept(channel) }
        }
    }

    private func bootstrap(_ logger: Logger) -> ServerBootstrap {
        ServerBootstrap(group: eventLoopGroup)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(logger: logger))
                }
            }
            .serverChannelOption(ChannelOptions.backlog, value: UnixListener.backlog)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
    }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }
}
