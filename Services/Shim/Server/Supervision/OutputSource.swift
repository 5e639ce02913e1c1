// The reading end of a process's output.
import CLinux
import ContainerLog
import Glibc
import Linux

/// Reads a pipe or a terminal's master until its end.
final class OutputSource {
    /// Small enough to come from the heap, which larger blocks would have to be mapped for each time.
    private static let chunk = 16 * 1024

    let stream: LogStream
    var onChunk: ((UnsafeBufferPointer<UInt8>) -> Void)?
    /// Called once; the descriptor is closed by then.
    var onEnd: (() -> Void)?

    private let loop: EventLoop
    let descriptor: Int32
    private var isWatched = false
    private var hasEnded = false
    /// Bytes that were in the pipe when the process ended and are still to be read; nil while it lives.
    private var owed: Int?
    private var endsWhenPaid = false

    /// Takes the descriptor.
    init(loop: EventLoop, descriptor: Int32, stream: LogStream) {
        self.loop = loop
        self.descriptor = descriptor
        self.stream = stream
        _ = clinux_set_nonblocking(descriptor)
    }

    /// Reads, or leaves everything in the pipe. A paused source isn't watched at all, because a hang-up would be reported for ever.
    func setPaused(_ paused: Bool) {
        guard !hasEnded, isWatched == paused else { return }
        if paused {
            loop.remove(descriptor)
            isWatched = false
            return
        }
        do {
            try loop.add(descriptor, .readable) { [weak self] _ in self?.read() }
            isWatched = true
        } catch { end() }
    }

    /// The process has ended: what is in the pipe now is the last that it wrote.
    func processEnded() { owed = Int(max(0, clinux_readable_bytes(descriptor))) }

    /// Doesn't wait for a descendant that keeps the pipe open: ends as soon as the process's own output is read.
    func endWhenPaid() {
        endsWhenPaid = true
        if let owed, owed <= 0 { end() }
    }

    private func read() {
        let (count, error) = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunk) { buffer in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            let error = errno
            if count > 0 { onChunk?(UnsafeBufferPointer(rebasing: buffer[..<count])) }
            return (count, error)
        }
        if count < 0, error == EAGAIN || error == EINTR { return }
        // A terminal whose other side is closed answers EIO, not an end of file.
        guard count > 0 else { return end() }
        if let left = owed.map({ $0 - count }) {
            owed = left
            if endsWhenPaid, left <= 0 { end() }
        }
    }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        loop.remove(descriptor)
        close(descriptor)
        onChunk = nil
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?()
    }
}
