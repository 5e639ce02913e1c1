// The writing end of a process's stdin.
import CLinux
import Glibc
import Linux

/// Passes on what clients send, in the order it came, as fast as the process reads it.
final class StdinSink {
    private static let limit = 64 * 1024

    /// The queue was full and isn't any more.
    var onRoom: (() -> Void)?

    private let loop: EventLoop
    private let descriptor: Int32
    private var queue = ByteQueue()
    private var isWatched = false
    private var closesWhenEmpty = false
    private var isClosed = false

    /// Takes the descriptor.
    init(loop: EventLoop, descriptor: Int32) {
        self.loop = loop
        self.descriptor = descriptor
        _ = clinux_set_nonblocking(descriptor)
    }

    deinit { close() }

    /// nil once the process has its end of file.
    var openDescriptor: Int32? { isClosed ? nil : descriptor }

    var isFull: Bool { queue.count >= Self.limit }

    /// Input after the end, or after the process closed its stdin, is dropped.
    func write(_ bytes: [UInt8]) {
        guard !isClosed, !closesWhenEmpty else { return }
        queue.append(bytes)
        flush()
    }

    /// Gives the process its end of file, after what is queued.
    func finish() {
        closesWhenEmpty = true
        flush()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if isWatched { loop.remove(descriptor) }
        Glibc.close(descriptor)
        queue = ByteQueue()
    }

    private func flush() {
        let wasFull = isFull
        while !isClosed, !queue.isEmpty {
            let count = queue.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { break }
            if count <= 0 { close() } else { queue.removeFirst(count) }
        }
        if closesWhenEmpty, queue.isEmpty { close() }
        watch()
        if wasFull, !isFull { onRoom?() }
    }

    private func watch() {
        guard !isClosed, isWatched == queue.isEmpty else { return }
        if queue.isEmpty {
            loop.remove(descriptor)
            isWatched = false
        } else {
            isWatched = (try? loop.add(descriptor, .writable) { [weak self] _ in self?.flush() }) != nil
            if !isWatched { close() }
        }
    }
}
