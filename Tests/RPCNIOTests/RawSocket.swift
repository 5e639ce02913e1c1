// A peer that speaks whatever the test wants, byte by byte.
import CLinux
import Glibc
import RPC
import Testing

/// A blocking socket that is connected to a service.
final class RawSocket {
    let descriptor: Int32

    init(path: String) async throws {
        var connected: Int32 = -1
        try await eventually("the connection to \(path)") {
            connected = clinux_unix_connect(path)
            return connected >= 0
        }
        descriptor = connected
        // Replies are waited for with a limit, so that a test fails rather than hangs.
        _ = fcntl(descriptor, F_SETFL, 0)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws {
        try #require(clinux_send(descriptor, bytes, bytes.count, descriptors, descriptors.count) == bytes.count)
    }

    func send(_ frame: RPCFrame) throws { try send(frame.encoded()) }

    func sendHello() throws {
        let hello = RPCHello(service: "raw", serviceVersion: "0", limits: .standard, descriptors: 0, requestsInFlight: 0)
        try send(RPCFrame(.hello, stream: 0, body: CBOREncoder().encode(hello)))
    }

    /// The next frame, nil at the end of the stream.
    func receive() throws -> RPCFrame? {
        guard let prefix = try read(4) else { return nil }
        let length = prefix.reduce(0) { $0 << 8 | Int($1) }
        let rest = try #require(try read(length))
        let stream = rest[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let kind = try #require(RPCFrame.Kind(rawValue: rest[1]))
        return RPCFrame(kind, stream: stream, descriptorCount: Int(rest[2]), body: Array(rest[8...]))
    }

    /// Every frame until the peer closes.
    func receiveAll() throws -> [RPCFrame] {
        var frames: [RPCFrame] = []
        while let frame = try receive() { frames.append(frame) }
        return frames
    }

    private func read(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, 0) }
            if got == 0 || (got < 0 && errno == ECONNRESET) { return nil }
            try #require(got > 0, "nothing came for a long time")
            filled += got
        }
        return bytes
    }
}
