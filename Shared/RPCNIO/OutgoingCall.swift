// A call on its way from a task to the connection's loop.
import CLinux
import Glibc
import RPC
import Synchronization

/// What the loop needs to carry out a call and to tell its task how it went.
struct OutgoingCall: Sendable {
    let id: RPCClientSession.CallID
    let cancellation: CancellationFlag
    let frame: RPCOutboundFrame
    let timeout: UInt64?
    let descriptors: PassedDescriptors?
    /// Both nil for a call without a stream.
    let queue: ItemQueue?
    let sender: ItemSender?
    /// Called once the request is on the wire.
    let onSent: (@Sendable () -> Void)?
    let onFinish: @Sendable (RPCClientSession.Outcome) -> Void
}

/// Whether a call's task was cancelled, told ahead of what the loop hears of it.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}

/// Duplicates of a caller's descriptors: the caller may close its own at any time, for instance when it gives up waiting.
final class PassedDescriptors: Sendable {
    let numbers: [Int32]

    /// Throws `RPCError(.resourceExhausted)` when the process has no descriptors left, `.invalidParameter` for one that isn't open.
    init(duplicating originals: [Int32]) throws(RPCError) {
        var copies: [Int32] = []
        for original in originals {
            let copy = fcntl(original, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else {
                let code = errno
                copies.forEach { close($0) }
                throw RPCError(
                    code == EBADF ? .invalidParameter : .resourceExhausted,
                    "Could not pass descriptor \(original): \(String(cString: strerror(code))).")
            }
            copies.append(copy)
        }
        numbers = copies
    }

    deinit { numbers.forEach { close($0) } }
}
