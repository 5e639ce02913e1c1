// Keeps a server listening when one connection can't be accepted.
import Glibc
import Logging
import NIOCore

/// Sits in a listening channel's pipeline. Running out of descriptors or memory is a passing state, and a connection that was
/// reset before it was accepted is nobody's fault: neither may end the server.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Channel

    private static let passing: Set<Int32> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTO]

    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, Self.passing.contains(failure.errnoCode) else {
            context.fireErrorCaught(error)
            return
        }
        logger.warning("a connection could not be accepted", metadata: ["error": "\(failure)"])
    }
}
