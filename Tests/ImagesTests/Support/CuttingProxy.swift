// A TCP proxy in front of a registry that counts what comes through and cuts connections when it is told to.
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Reads no more from the registry than it can give on: what it has counted, it has given to the client's kernel.
final class CuttingProxy: Sendable {
    enum Cut: Sendable { case close, reset }

    private struct State {
        var clients: [ObjectIdentifier: any Channel] = [:]
        var sent = 0
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())
    let port: Int
    private let server: any Channel

    /// `127.0.0.1:port`.
    var address: String { "127.0.0.1:\(port)" }
    /// Bytes that were given to clients, headers included.
    var sent: Int { state.withLock { $0.sent } }

    private init(server: any Channel) {
        self.server = server
        port = server.localAddress?.port ?? 0
    }

    /// Runs a proxy to `127.0.0.1:upstream` while `body` does.
    static func with<R: Sendable>(_ upstream: Int, _ body: @Sendable (CuttingProxy) async throws -> R) async throws -> R {
        let box = Mutex<CuttingProxy?>(nil)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.socketOption(.so_sndbuf), value: 16 << 10)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelInitializer { client in
                guard let proxy = box.withLock({ $0 }) else { return client.close() }
                return proxy.connect(client, upstream)
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = CuttingProxy(server: server)
        box.withLock { $0 = proxy }
        let result: Result<R, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        try await server.close()
        proxy.cut(.reset)
        return try result.get()
    }

    private func connect(_ client: any Channel, _ upstream: Int) -> EventLoopFuture<Void> {
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
            .connect(host: "127.0.0.1", port: upstream)
            .flatMapThrowing { registry in
                try client.pipeline.syncOperations.addHandler(ProxyHandler(partner: registry) { _ in })
                try registry.pipeline.syncOperations.addHandler(ProxyHandler(partner: client) { self.count($0) })
                self.state.withLock { $0.clients[ObjectIdentifier(client)] = client }
                client.closeFuture.whenComplete { _ in self.state.withLock { $0.clients[ObjectIdentifier(client)] = nil } }
                registry.read()
            }
    }

    private func count(_ bytes: Int) {
        let waiting = state.withLock { state in
            state.sent += bytes
            guard let waiting = state.waiting, waiting.count <= state.sent else { return nil as CheckedContinuation<Void, Never>? }
            state.waiting = nil
            return waiting.continuation
        }
        waiting?.resume()
    }

    /// Returns once so many bytes were sent, or after `stopWaiting`.
    func reached(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.sent < count { state.waiting = (count, continuation) }
                return state.sent >= count
            }
            if isReached { continuation.resume() }
        }
    }

    func stopWaiting() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.continuation.resume()
    }

    /// Ends all connections.
    func cut(_ cut: Cut) {
        for client in state.withLock({ Array($0.clients.values) }) {
            if cut == .reset, let socket = client as? any SocketOptionProvider {
                socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in client.close(promise: nil) }
            } else {
                client.close(promise: nil)
            }
        }
    }
}
