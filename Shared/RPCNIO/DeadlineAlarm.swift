// One timer of the event loop for all deadlines of a connection.
import NIOCore

/// Armed for the earliest deadline. One that fires for a call that has ended finds nothing to do and is set anew.
struct DeadlineAlarm {
    private var armed: (due: UInt64, task: Scheduled<Void>)?

    mutating func set(_ due: UInt64?, on eventLoop: any EventLoop, _ action: @escaping @Sendable () -> Void) {
        guard let due else { return }
        if let armed, armed.due <= due { return }
        armed?.task.cancel()
        let deadline = NIODeadline.uptimeNanoseconds(min(due, UInt64(Int64.max)))
        armed = (due, eventLoop.scheduleTask(deadline: deadline, action))
    }

    mutating func fired() { armed = nil }

    mutating func cancel() {
        armed?.task.cancel()
        armed = nil
    }
}
