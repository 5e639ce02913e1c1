// The socket pair between the gateway's relay and the process that owns a container's streams.
import CLinux
import Glibc
import RPC
import Synchronization

/// One end of a socket pair, closed when nobody took it.
final class SocketEnd: Sendable {
    private let descriptor: Mutex<Int32?>

    init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { close() }

    /// The descriptor, which the caller closes from now on; nil when it is gone.
    func take() -> Int32? {
        descriptor.withLock { slot in
            defer { slot = nil }
            return slot
        }
    }

    func close() {
        if let descriptor = take() { _ = Glibc.close(descriptor) }
    }

    /// Lends the descriptor for the length of the call, and closes it.
    func lend(_ body: (Int32) async throws -> Void) async throws {
        guard let descriptor = take() else { throw RPCError(.internalError, "the stream's socket is closed") }
        defer { _ = Glibc.close(descriptor) }
        try await body(descriptor)
    }
}

/// Two connected stream sockets: the gateway relays between the client and `local`; `remote` goes to the container.
struct SocketPair: Sendable {
    let local: SocketEnd
    let remote: SocketEnd

    init() throws {
        var descriptors: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutableBytes(of: &descriptors) { bytes in
            clinux_unix_pair(bytes.bindMemory(to: Int32.self).baseAddress)
        }
        guard result >= 0 else { throw RPCError(.unavailable, "can't make a socket pair: \(String(cString: strerror(-result)))") }
        local = SocketEnd(descriptors.0)
        remote = SocketEnd(descriptors.1)
    }
}
