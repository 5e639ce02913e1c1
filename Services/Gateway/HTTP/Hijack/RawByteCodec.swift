// Carries raw bytes as body parts, in the place of the HTTP codec.
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

final class RawByteCodec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(.body(unwrapInboundIn(data))))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .body(let buffer) = unwrapOutboundIn(data) else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(buffer), promise: promise)
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Puts `RawByteCodec` in the place of the HTTP codecs and encoder, and returns the decoder, which the caller removes last.
    func replaceHTTPWithRawBytes() throws -> ChannelHandlerContext {
        let codec = try handler(type: HTTP1ToHTTPServerCodec.self)
        try addHandler(RawByteCodec(), position: .after(codec))
        removeHandler(codec, promise: nil)
        removeHandler(context: try context(handlerType: HTTP10Handler.self), promise: nil)
        removeHandler(context: try context(handlerType: HTTPResponseEncoder.self), promise: nil)
        return try context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
    }
}

extension HTTPResponse {
    /// The head as it goes on the wire, with no framing headers added: the encoder would chunk what follows.
    func rawBytes(omitting omitted: HTTPField.Name) -> ByteBuffer {
        var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
        for field in headerFields where field.name != omitted {
            text += "\(field.name.rawName): \(field.value)\r\n"
        }
        return ByteBuffer(string: text + "\r\n")
    }
}
