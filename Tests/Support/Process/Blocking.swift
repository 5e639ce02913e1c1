// Work that blocks, kept off the threads that Swift's tasks share.
import CLinux
import Dispatch
import Foundation
import Glibc

public enum Blocking {
    /// Runs `work` on a thread of its own, in the network namespace that this process began in: a thread has that of the one that made it,
    /// which may be at work in another for some test.
    public static func run<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                goHome()
                continuation.resume(with: Result { try work() })
            }
        }
    }

    /// The main thread's namespace; others than root can't be anywhere else.
    private static func goHome() {
        guard getuid() == 0 else { return }
        let home = berth_netns_open("/proc/self/ns/net")
        guard home >= 0 else { return }
        _ = berth_netns_enter(home)
        close(home)
    }

    /// Lets other tasks run for a moment before a condition is looked at again.
    public static func pause(milliseconds: Int) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}

/// Something that did not come about in time.
public struct TimedOut: Error, CustomStringConvertible {
    public var description: String

    public init(_ what: String, after time: Duration) {
        description = "not within \(time): \(what)"
    }
}

/// Looks until `condition` gives a value, and returns it. Throws `TimedOut`; an error of `condition` itself ends it at once.
@discardableResult
public func eventually<R>(
    _ what: String, within time: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> R?
) async throws -> R {
    let deadline = ContinuousClock.now + time
    while true {
        if let value = try await condition() { return value }
        if ContinuousClock.now > deadline { throw TimedOut(what, after: time) }
        await Blocking.pause(milliseconds: 20)
    }
}
