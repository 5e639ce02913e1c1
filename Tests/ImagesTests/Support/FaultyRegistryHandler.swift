// The HTTP side of the misbehaving registry.
import NIOCore
import NIOHTTP1

/// One connection.
final class FaultyRegistryHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let registry: FaultyRegistry
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ registry: FaultyRegistry) { self.registry = registry }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(let piece): body.writeImmutableBuffer(piece)
        case .end: if let head { answer(head, context) }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = String(head.uri.prefix { $0 != "?" })
        let answer = registry.answer(
            .init(
                method: head.method.rawValue, path: path, range: head.headers.first(name: "Range"),
                authorization: head.headers.first(name: "Authorization"), query: String(head.uri.dropFirst(path.count + 1)),
                body: String(buffer: body)))
        var headers = HTTPHeaders(answer.headers)
        headers.add(name: "Content-Length", value: "\(answer.announcedLength ?? answer.body.count)")
        context.write(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(
                        version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers))), promise: nil)
        let limit = min(answer.body.count, answer.cutsAfter ?? .max, answer.stallsAfter ?? .max)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body[..<limit])))), promise: nil)
        }
        let isCut = answer.cutsAfter.map { $0 < answer.body.count } ?? false || answer.announcedLength != nil
        if isCut {
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer())))).whenComplete { _ in channel.close(promise: nil) }
        } else if answer.stallsAfter.map({ $0 < answer.body.count }) ?? false {
            context.flush()
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
