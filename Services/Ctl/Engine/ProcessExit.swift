// Waiting, for a bounded time, until a process has ended.
import CLinux
import Glibc

enum ProcessExit {
    private static let step = Duration.milliseconds(10)

    /// Waits for a child and reaps it. False when it still runs after that time.
    static func wait(child pid: Int32, timeout: Duration) -> Bool {
        poll(timeout) {
            var status: Int32 = 0
            let result = waitpid(pid, &status, WNOHANG)
            return result == pid || (result < 0 && errno == ECHILD)
        }
    }

    /// Asks again and again. False when it isn't over after that time.
    static func poll(_ timeout: Duration, _ isOver: () -> Bool) -> Bool {
        let deadline = ContinuousClock.now + timeout
        while !isOver() {
            if ContinuousClock.now >= deadline { return false }
            var pause = timespec(step)
            nanosleep(&pause, nil)
        }
        return true
    }
}
