// Clients that join the container's stdio.
import CLinux
import ContainerLog
import Contracts
import Glibc
import RPC
import RPCEpoll

extension Shim {
    private static let maximumClients = 256

    /// Answered when the attachment ends. The loss of the caller doesn't end it: the stream is the client's own.
    func attach(_ request: AttachContainer.Request, _ call: RPCCall<AttachContainer>) {
        var socket: Int32?
        do throws(RPCError) {
            socket = try ClientSocket.take(call.takeDescriptors(), isRequired: true)
            guard let descriptor = socket else { return }
            let client = try makeClient(request, descriptor)
            container?.streams.add(client, takesInput: request.stdin) { end in call.reply(Self.response(end)) }
            container?.joinedClients += 1
            if !request.stream, !request.logs { client.finish() }
        } catch {
            if let socket { close(socket) }
            call.reply(.failure(error))
        }
    }

    private func makeClient(_ request: AttachContainer.Request, _ socket: Int32) throws(RPCError) -> StreamClient {
        let container = try requireContainer()
        guard container.streams.clients.count < Self.maximumClients else {
            throw RPCError(.resourceExhausted, "\(Self.maximumClients) clients are attached to the container: detach some of them.")
        }
        try ClientSocket.check(detachKeys: request.detachKeys)
        let wish = StreamClient.Wish(
            stdin: request.stdin && request.stream && container.request.openStdin, stdout: request.stdout, stderr: request.stderr,
            detachKeys: container.request.terminal ? request.detachKeys : [], isRaw: container.request.terminal)
        return StreamClient(
            loop: loop, socket: socket, wish: wish, replay: try replay(request, container), handed: handed(request.client))
    }

    func handed(_ client: HandedClient?) -> StreamClient.Handed? {
        client.map { StreamClient.Handed(head: $0.head, input: $0.input, lingering: lingering) }
    }

    /// nil when only live output is wanted.
    private func replay(_ request: AttachContainer.Request, _ container: AdoptedContainer) throws(RPCError) -> LogReplay? {
        guard request.logs else { return nil }
        guard let log = container.log else {
            throw RPCError(.notImplemented, "configured logging driver does not support reading")
        }
        do throws(LogFailure) { return try LogReplay(of: log, goesLive: request.stream) } catch {
            throw SystemFailure.error(error.operation, error.path, code: error.errno)
        }
    }

    private static func response(_ end: StreamClient.End) -> Result<AttachContainer.Response, RPCError> {
        switch end {
        case .finished, .disconnected: .success(AttachContainer.Response(detached: false))
        case .detached: .success(AttachContainer.Response(detached: true))
        case .stalled:
            .failure(
                RPCError(
                    .resourceExhausted, "The client took no output for \(StreamClient.stallLimitMilliseconds / 1000) s and was dropped."))
        }
    }
}

/// The descriptor that comes with an attach or an exec.
enum ClientSocket {
    /// Checks what was sent; closes everything when it isn't at most one stream socket.
    static func take(_ descriptors: [Int32], isRequired: Bool) throws(RPCError) -> Int32? {
        let isRight = descriptors.count == 1 ? clinux_is_stream_socket(descriptors[0]) == 1 : descriptors.isEmpty && !isRequired
        if isRight { return descriptors.first }
        for descriptor in descriptors { close(descriptor) }
        throw RPCError(.invalidParameter, "The call needs one descriptor, the client's stream socket; \(descriptors.count) came with it.")
    }

    static func check(detachKeys: [UInt8]) throws(RPCError) {
        guard detachKeys.count <= DetachScanner.maximumLength else {
            throw RPCError(.invalidParameter, "Detach keys have at most \(DetachScanner.maximumLength) bytes.")
        }
    }
}
