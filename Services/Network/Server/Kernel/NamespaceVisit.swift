// A moment in a container's network namespace, for what can't be done from outside: its settings below /proc/sys.
import CLinux
import Glibc
import Logging

/// Moves the calling thread, which must have its namespace to itself, into another namespace and back.
struct NamespaceVisit {
    let home: HomeNamespace
    let logger: Logger

    /// Runs `body` in the namespace pinned at `path`. Throws `KernelError`, and what `body` throws.
    func inside<T>(_ path: String, _ body: () throws -> T) throws -> T {
        let there = try HomeNamespace(path: path)
        try KernelError.check(berth_netns_enter(there.descriptor.raw), "enter \(path)")
        defer { comeBack() }
        return try body()
    }

    /// A thread that can't go back must not serve: it would make changes in the wrong namespace.
    private func comeBack() {
        let result = berth_netns_enter(home.descriptor.raw)
        guard result < 0 else { return }
        logger.critical("can't return to the host's network namespace", metadata: ["code": "\(-result)"])
        exit(EXIT_FAILURE)
    }
}
