// A single-threaded loop over epoll: descriptors that become ready and timers that fall due call closures, one at a time.
import CLinux
import Glibc

/// Waits for many descriptors and timers at once. Made, used and run by one thread; there are no locks.
public final class EventLoop {
    /// What to wait for on a descriptor. Errors and hang-ups are always reported.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let readable = Interest(rawValue: 0x001)
        public static let writable = Interest(rawValue: 0x004)
        /// Exceptional data, as pseudo-files such as `memory.events` and pressure files signal it.
        public static let priority = Interest(rawValue: 0x002)
    }

    /// What a descriptor became ready for.
    public struct Ready: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let readable = Ready(rawValue: 0x001)
        public static let priority = Ready(rawValue: 0x002)
        public static let writable = Ready(rawValue: 0x004)
        public static let error = Ready(rawValue: 0x008)
        public static let hangUp = Ready(rawValue: 0x010)
    }

    /// A system call of the loop that failed.
    public struct Failure: Error, CustomStringConvertible {
        public let call: String
        /// A positive errno.
        public let code: Int32

        public init(call: String, code: Int32) {
            self.call = call
            self.code = code
        }

        public var description: String { "\(call) failed with errno \(code)" }
    }

    private struct Registration {
        let serial: UInt32
        let handler: (Ready) -> Void
    }

    private let epoll: Int32
    private var registrations: [Int32: Registration] = [:]
    private var nextSerial: UInt32 = 0
    private var timers = TimerQueue()
    private var running = false

    public init() throws {
        epoll = clinux_epoll_create()
        guard epoll >= 0 else { throw Failure(call: "epoll_create1", code: -epoll) }
    }

    deinit { close(epoll) }

    /// Calls `handler` whenever `descriptor` is ready for what `interest` names (level-triggered). The descriptor stays the caller's,
    /// who removes it before closing it. Throws `Failure`, for instance EPERM for a regular file.
    public func add(_ descriptor: Int32, _ interest: Interest, _ handler: @escaping (Ready) -> Void) throws {
        nextSerial &+= 1
        try control(Operation.add, descriptor, interest, serial: nextSerial)
        registrations[descriptor] = Registration(serial: nextSerial, handler: handler)
    }

    /// Changes what is waited for; an empty interest reports only errors and hang-ups.
    public func modify(_ descriptor: Int32, _ interest: Interest) throws {
        guard let registration = registrations[descriptor] else { throw Failure(call: "epoll_ctl", code: ENOENT) }
        try control(Operation.modify, descriptor, interest, serial: registration.serial)
    }

    /// Stops watching; its handler isn't called again, not even for what was ready at the same time. Ignores an unknown descriptor.
    public func remove(_ descriptor: Int32) {
        guard registrations.removeValue(forKey: descriptor) != nil else { return }
        _ = clinux_epoll_control(epoll, Operation.remove, descriptor, 0, 0)
    }

    /// Calls `action` once, after at least this many milliseconds; at once, from the loop, for 0 and below.
    @discardableResult
    public func schedule(afterMilliseconds delay: Int64, _ action: @escaping () -> Void) -> Timer {
        let nanoseconds = UInt64(max(0, min(delay, Self.longestDelay))) * 1_000_000
        return timers.insert(due: now &+ nanoseconds, action)
    }

    /// Ignores a timer that has fired.
    public func cancel(_ timer: Timer) { timers.cancel(timer) }

    /// Nanoseconds of the monotonic clock that the timers go by.
    public var now: UInt64 { clinux_monotonic_nanoseconds() }

    /// Serves until `stop`. A loop may be run again.
    public func run() throws {
        running = true
        while running { try turn() }
    }

    /// Ends `run` once the handlers of this turn have been called.
    public func stop() { running = false }

    /// Waits for one batch of events or for the next timer, and calls the handlers. `run` is a loop of it.
    public func turn() throws {
        var events = [clinux_epoll_event](repeating: clinux_epoll_event(), count: Self.batch)
        let count = clinux_epoll_wait(epoll, &events, Int32(Self.batch), timeout())
        guard count >= 0 else { throw Failure(call: "epoll_wait", code: -count) }
        for event in events.prefix(Int(count)) { dispatch(event) }
        runTimers(at: now)
    }

    // Timers made by these actions wait for the next turn, so that a timer which renews itself can't starve the descriptors.
    private func runTimers(at now: UInt64) {
        for _ in 0..<timers.count {
            guard let action = timers.takeDue(at: now) else { return }
            action()
        }
    }

    // A handler may remove another descriptor, whose number may even be taken again: the serial tells whether the event is still meant.
    private func dispatch(_ event: clinux_epoll_event) {
        let descriptor = Int32(truncatingIfNeeded: event.data & 0xffff_ffff)
        guard let registration = registrations[descriptor], registration.serial == UInt32(event.data >> 32) else { return }
        registration.handler(Ready(rawValue: event.events))
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Interest, serial: UInt32) throws {
        let data = UInt64(serial) << 32 | UInt64(UInt32(bitPattern: descriptor))
        let result = clinux_epoll_control(epoll, operation, descriptor, interest.rawValue, data)
        guard result == 0 else { throw Failure(call: "epoll_ctl", code: -result) }
    }

    // Rounded up, so that the loop doesn't spin through a timer's last millisecond.
    private func timeout() -> Int32 {
        guard let due = timers.nextDue else { return -1 }
        let now = now
        guard due > now else { return 0 }
        return Int32(min((due - now + 999_999) / 1_000_000, UInt64(Int32.max)))
    }

    private enum Operation {
        static let add: Int32 = 1
        static let remove: Int32 = 2
        static let modify: Int32 = 3
    }

    private static let batch = 64
    private static let longestDelay: Int64 = 1 << 40
}
