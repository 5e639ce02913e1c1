// An HTTP proxy that wants to know who asks.
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Tunnels what is asked for by CONNECT, and passes other requests on as they are.
final class TunnelProxy: Sendable {
    static let login = "me:secret"

    /// The address of a name that only the proxy knows.
    private let hosts: [String: String]

    private let requests = Mutex<[String]>([])
    private let server: Mutex<(any Channel)?> = Mutex(nil)

    /// First lines of what came with the right login.
    var seen: [String] { requests.withLock { $0 } }
    /// `127.0.0.1:port`.
    var address: String { "127.0.0.1:\(server.withLock { $0?.localAddress?.port } ?? 0)" }

    private init(hosts: [String: String]) { self.hosts = hosts }

    static func with<R: Sendable>(hosts: [String: String] = [:], _ body: @Sendable (TunnelProxy) async throws -> R) async throws -> R {
        let proxy = TunnelProxy(hosts: hosts)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(TunnelHandler(proxy), name: "tunnel") }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.server.withLock { $0 = server }
        let result: Result<R, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        try await server.close()
        return try result.get()
    }

    /// Returns where a request is to go; nil refuses it.
    fileprivate func target(of head: String) -> (host: String, port: Int)? {
        let lines = head.split(separator: "\r\n").map(String.init)
        let login = "proxy-authorization: basic " + Data(Self.login.utf8).base64EncodedString().lowercased()
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 3, lines.contains(where: { $0.lowercased() == login }) else { return nil }
        let place = words[0] == "CONNECT" ? words[1] : words[1].split(separator: "/").dropFirst().first.map(String.init) ?? ""
        let parts = place.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else { return nil }
        requests.withLock { $0.append(lines[0]) }
        return (hosts[String(parts[0])] ?? String(parts[0]), port)
    }
}

/// Reads the head of the first request, then passes everything on.
private final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let proxy: TunnelProxy
    private var head = ByteBuffer()

    init(_ proxy: TunnelProxy) { self.proxy = proxy }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head.writeImmutableBuffer(unwrapInboundIn(data))
        guard String(buffer: head).contains("\r\n\r\n") else { return context.read() }
        let client = context.channel
        guard let (host, port) = proxy.target(of: String(buffer: head)) else {
            let refusal = ByteBuffer(string: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return client.writeAndFlush(refusal).whenComplete { _ in client.close(promise: nil) }
        }
        Self.connect(client, host, port, head)
    }

    private static func connect(_ client: any Channel, _ host: String, _ port: Int, _ head: ByteBuffer) {
        ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false).connect(host: host, port: port)
            .flatMapThrowing { server in
                try client.pipeline.syncOperations.addHandler(ProxyHandler(partner: server) { _ in })
                try server.pipeline.syncOperations.addHandler(ProxyHandler(partner: client) { _ in })
                client.pipeline.removeHandler(name: "tunnel", promise: nil)
                if String(buffer: head).hasPrefix("CONNECT ") {
                    client.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
                } else {
                    server.writeAndFlush(head, promise: nil)
                }
                client.read()
                server.read()
            }
            .whenFailure { _ in client.close(promise: nil) }
    }
}
