// How an accepted connection is set up: HTTP/1.1 and 1.0, with a handler that lets a response take the connection over.
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// One HTTP connection for Hummingbird to serve.
struct EngineChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// Bytes of all headers of a request, the request line included.
    static let headerListLimit = 256 << 10
    /// Bytes of one header: registry credentials may be long.
    static let headerFieldLimit = 128 << 10
    static let headerCountLimit = 256

    let responder: HTTPChannelHandler.Responder
    let budget: RequestBudget

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let (meter, halfClose) = (HeadMeter(budget), HalfCloseHolder())
            try pipeline.addHandler(meter)
            try pipeline.addHandler(halfClose)
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(ByteToMessageHandler(Self.decoder()))
            try pipeline.addHandler(HTTP10Handler())
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HijackHandler(halfClose, meter))
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }

    private static func decoder() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerFieldLimit
        limits.maxHeaderListSize = headerListLimit
        limits.maxHeaderFieldCount = headerCountLimit
        return HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
    }
}
