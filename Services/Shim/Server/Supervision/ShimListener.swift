// Answers each connection with a fresh shim process.
import CLinux
import Contracts
import Glibc
import RPC

/// The parent of shims: single-threaded, so that it may fork, and with everything set up that each of them needs.
///
/// Shims have sessions of their own and outlive their parent, however it ends.
public struct ShimListener {
    public struct Options: Sendable, Equatable {
        public var path: String
        public var mode: UInt32
        public var run: String
        public var servedUIDs: Set<UInt32>
        /// Whether each call that a shim gets has a line in the log.
        public var notesCalls = false

        public init(path: String, mode: UInt32 = 0o600, run: String, servedUIDs: Set<UInt32> = []) {
            self.path = path
            self.mode = mode
            self.run = run
            self.servedUIDs = servedUIDs
        }
    }

    /// What `serve` returns with: the two processes part there.
    public enum Outcome {
        /// In a child: a connection for a shim to serve.
        case connection(Int32)
        /// In the parent: it was asked to end.
        case ended
    }

    private static let backlog: Int32 = 1024
    /// Waited before the next accept when the host has no descriptors or processes left.
    private static let exhaustionPauseMicroseconds: UInt32 = 100_000

    private let options: Options

    public init(_ options: Options) { self.options = options }

    /// Binds the socket and serves until SIGTERM or SIGINT.
    public func serve() throws(RPCError) -> Outcome {
        let layout = EngineLayout(run: options.run)
        try Directories.make(layout.shims, mode: 0o711)
        let listener = try bind()
        let handled = [SIGTERM, SIGINT, SIGCHLD, SIGPIPE]
        let signals = clinux_signal_descriptor(handled, Int32(handled.count))
        guard signals >= 0 else { throw SystemFailure.error("signalfd", "", code: -signals) }
        defer {
            close(listener)
            close(signals)
        }
        while wait(listener, signals) {
            let connection = clinux_accept(listener)
            guard connection >= 0 else {
                pauseIfExhausted(-connection)
                continue
            }
            if isChild(of: connection) { return .connection(connection) }
        }
        unlink(options.path)
        return .ended
    }

    /// Takes the place of a socket whose listener is gone, and of no other.
    private func bind() throws(RPCError) -> Int32 {
        if isTaken() { throw RPCError(.conflict, "Another process listens on \(options.path).") }
        var (device, inode) = (UInt64(0), UInt64(0))
        if clinux_socket_identity(options.path, &device, &inode) == 1 { unlink(options.path) }
        let listener = clinux_unix_listen(options.path, options.mode, Self.backlog)
        guard listener >= 0 else { throw SystemFailure.error("bind", options.path, code: -listener) }
        guard let owner = options.servedUIDs.first, options.servedUIDs.count == 1 else { return listener }
        guard chown(options.path, owner, gid_t.max) == 0 else { throw SystemFailure.error("chown", options.path) }
        return listener
    }

    /// Whether the process that made the socket lives. The socket alone doesn't tell: a shim that was just forked when its parent
    /// died keeps it open for a moment.
    private func isTaken() -> Bool {
        let probe = clinux_unix_connect(options.path)
        guard probe >= 0 else { return probe == -EAGAIN }
        defer { close(probe) }
        var peer = clinux_peer()
        return clinux_peer_credentials(probe, &peer) != 0 || kill(peer.pid, 0) == 0 || errno != ESRCH
    }

    /// Reaps shims meanwhile. False when the parent is to end.
    private func wait(_ listener: Int32, _ signals: Int32) -> Bool {
        while true {
            var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0), pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
            guard poll(&watched, nfds_t(watched.count), -1) > 0 else { continue }
            while case let signal = clinux_take_signal(signals), signal > 0 {
                if signal == SIGTERM || signal == SIGINT { return false }
                var status: Int32 = 0
                while clinux_reap(&status) > 0 {}
            }
            if watched[0].revents != 0 { return true }
        }
    }

    private func isChild(of connection: Int32) -> Bool {
        let pid = fork()
        if pid == 0 {
            setsid()
            return true
        }
        if pid < 0 {
            ShimLog.note("no shim for a connection: fork: \(SystemFailure.words(errno))")
            usleep(Self.exhaustionPauseMicroseconds)
        }
        close(connection)
        return false
    }

    private func pauseIfExhausted(_ code: Int32) {
        if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code) { usleep(Self.exhaustionPauseMicroseconds) }
    }
}
