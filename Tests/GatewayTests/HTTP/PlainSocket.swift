// A client's socket as the kernel has it.
import Glibc

@testable import GatewayAPI

/// A socket without a library, whose sends say how many bytes the kernel took.
final class PlainSocket: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw ListenError("can't connect: \(errno)") }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: ArraySlice<UInt8>) -> Int {
        max(0, bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
    }

    func waitUntilWritable(milliseconds: Int32) -> Bool { wait(Int16(POLLOUT), milliseconds) }
    func halfClose() { _ = Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

    func readToEnd() async -> String { await read(through: nil) }

    /// Reads up to the given words, or to the end.
    func read(through end: String?) async -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while end.map(text.hasSuffix) != true {
            _ = wait(Int16(POLLIN), 20)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno != EAGAIN) { break }
            text += String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            await Task.yield()
        }
        return text
    }

    private func wait(_ events: Int16, _ milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }
}
