// Waits on an event loop for what a test expects to happen.
import Linux

extension EventLoop {
    /// Turns until the condition holds. False when it doesn't within a minute.
    func turn(until condition: () -> Bool) throws -> Bool {
        let deadline = now + 60_000_000_000
        while !condition() {
            guard now < deadline else { return false }
            // The condition may depend on more than the loop sees.
            schedule(afterMilliseconds: 2) {}
            try turn()
        }
        return true
    }
}
