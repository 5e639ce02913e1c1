// Waits on an event loop for what a test expects.
import Linux

extension EventLoop {
    /// Turns until the condition holds. False when it doesn't within 30 seconds.
    func turn(until condition: () -> Bool) throws -> Bool {
        let deadline = now + 30_000_000_000
        while !condition() {
            guard now < deadline else { return false }
            schedule(afterMilliseconds: 2) {}
            try turn()
        }
        return true
    }
}
