// Feeds a program and collects what it writes, all at the same time, so that neither side ever waits for the other.
import Glibc

struct PipeExchange {
    private var unsent: ArraySlice<UInt8>
    private var input: Int32?
    private var output: Int32?
    private var errors: Int32?
    private(set) var collectedOutput: [UInt8] = []
    private(set) var collectedErrors: [UInt8] = []

    init(stdin: [UInt8], input: Int32, output: Int32, errors: Int32) {
        unsent = stdin[...]
        self.input = input
        self.output = output
        self.errors = errors
        _ = fcntl(input, F_SETFL, O_NONBLOCK)
    }

    /// True once the program has closed its output and errors; false when the deadline came first. Closes all descriptors.
    mutating func run(until deadline: ContinuousClock.Instant) -> Bool {
        defer { closeAll() }
        while output != nil || errors != nil {
            if unsent.isEmpty { Self.close(&input) }
            var entries = [
                pollfd(fd: input ?? -1, events: Int16(POLLOUT), revents: 0), pollfd(fd: output ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let left = ContinuousClock.now.duration(to: deadline)
            if left <= .zero { return false }
            _ = poll(&entries, nfds_t(entries.count), Int32(clamping: left.components.seconds * 1000 + 100))
            if entries[0].revents != 0 { send() }
            if entries[1].revents != 0 { Self.receive(&output, into: &collectedOutput) }
            if entries[2].revents != 0 { Self.receive(&errors, into: &collectedErrors) }
        }
        return true
    }

    private mutating func send() {
        guard let descriptor = input else { return }
        let count = unsent.withUnsafeBytes { write(descriptor, $0.baseAddress, min($0.count, 4096)) }
        if count > 0 {
            unsent = unsent.dropFirst(count)
        } else if errno != EAGAIN, errno != EINTR {
            Self.close(&input)
        }
    }

    private static func receive(_ descriptor: inout Int32?, into collected: inout [UInt8]) {
        guard let open = descriptor else { return }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(open, &buffer, buffer.count)
        if count > 0 {
            collected += buffer.prefix(count)
        } else if count == 0 || errno != EINTR {
            close(&descriptor)
        }
    }

    private static func close(_ descriptor: inout Int32?) {
        if let open = descriptor { Glibc.close(open) }
        descriptor = nil
    }

    private mutating func closeAll() {
        Self.close(&input)
        Self.close(&output)
        Self.close(&errors)
    }
}
