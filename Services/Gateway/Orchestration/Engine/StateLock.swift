// One gateway a set of records: another would take their containers for lost ones, and end them.
import Glibc
import RPC

/// Held until its process ends, however it does. The file stays.
struct StateLock: Sendable {
    private let descriptor: Int32

    /// How long a gateway that is ending may hold it: one whose supervisor was killed meets the next engine's.
    static let patience = Duration.seconds(10)
    private static let stepMicroseconds: UInt32 = 10_000

    /// Errors: conflict where another process holds it, internalError.
    static func acquire(path: String, patience: Duration = patience) throws(RPCError) -> StateLock {
        let descriptor = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RPCError(.internalError, "\(path) can't be opened (errno \(errno)); let the gateway's user own its directory")
        }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw RPCError(
                    .conflict, "another gateway has its records in the directory of \(path); stop its engine, or choose another --root")
            }
            usleep(stepMicroseconds)
        }
        return StateLock(descriptor: descriptor)
    }
}
