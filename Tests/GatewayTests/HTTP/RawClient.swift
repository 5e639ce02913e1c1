// A client that sends and reads bytes, so that tests see what is on the wire.
import NIOCore
import NIOPosix

/// A response as it came.
struct RawResponse: Sendable {
    /// The status line and headers.
    let head: String
    let body: [UInt8]

    var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// A header's value, by a name of any case.
    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() { return String(parts[1].drop { $0 == " " }) }
        }
        return nil
    }
}

struct UnexpectedEnd: Error, CustomStringConvertible {
    let description: String
}

/// One connection. It isn't for concurrent use.
actor RawClient {
    private let channel: any Channel
    private let chunks: AsyncStream<ByteBuffer>
    private var buffer: [UInt8] = []

    private init(channel: any Channel, chunks: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.chunks = chunks
    }

    static func connect(_ path: String) async throws -> RawClient {
        let (chunks, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(unixDomainSocketPath: path).get()
        return RawClient(channel: channel, chunks: chunks)
    }

    /// Writes a request and reads its response.
    func send(_ method: String, _ target: String, headers: [String] = [], body: String = "") async throws -> RawResponse {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: docker"] + headers
        if !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
        try await write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try await response(toHead: method == "HEAD")
    }

    func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }
    func write(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }
    func halfClose() async throws { try await channel.close(mode: .output) }
    func close() async { try? await channel.close() }

    /// The next response: its head, and its body by length or in chunks.
    func response(toHead: Bool = false) async throws -> RawResponse {
        let head = String(decoding: try await read(through: "\r\n\r\n"), as: UTF8.self)
        let bare = RawResponse(head: head, body: [])
        if toHead || [204, 304, 100].contains(bare.status) { return bare }
        if let length = bare.header("Content-Length").flatMap(Int.init) {
            return RawResponse(head: head, body: try await read(count: length))
        }
        guard bare.header("Transfer-Encoding") == "chunked" else { return bare }
        var body: [UInt8] = []
        while true {
            let chunk = try await chunk()
            if chunk.isEmpty { return RawResponse(head: head, body: body) }
            body += chunk
        }
    }

    /// The next chunk of a chunked body; empty at its end.
    func chunk() async throws -> [UInt8] {
        let line = String(decoding: try await read(through: "\r\n").dropLast(2), as: UTF8.self)
        guard let length = Int(line, radix: 16) else { throw UnexpectedEnd(description: "no chunk: \(line)") }
        let bytes = try await read(count: length)
        _ = try await read(through: "\r\n")
        return bytes
    }

    /// The next response's head only.
    func head() async throws -> RawResponse {
        RawResponse(head: String(decoding: try await read(through: "\r\n\r\n"), as: UTF8.self), body: [])
    }

    func read(count: Int) async throws -> [UInt8] {
        while buffer.count < count { try await more() }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    func read(through end: String) async throws -> [UInt8] {
        let end = Array(end.utf8)
        while true {
            if let range = buffer.firstRange(of: end) {
                defer { buffer.removeFirst(range.upperBound) }
                return Array(buffer.prefix(range.upperBound))
            }
            try await more()
        }
    }

    /// Everything up to the server's close.
    func readToEnd() async -> [UInt8] {
        while let chunk = await nextChunk() { buffer += Array(buffer: chunk) }
        defer { buffer = [] }
        return buffer
    }

    private func more() async throws {
        guard let chunk = await nextChunk() else {
            throw UnexpectedEnd(description: "closed after \(String(decoding: buffer, as: UTF8.self))")
        }
        buffer += Array(buffer: chunk)
    }

    private func nextChunk() async -> ByteBuffer? {
        var iterator = chunks.makeAsyncIterator()
        return await iterator.next(isolation: self)
    }
}

/// Collects what comes in.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { continuation.finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { continuation.finish() }
}
