// What a shim has told, kept for those who weren't there.
import Contracts

/// The latest notices, numbered. Pure.
struct NoticeHistory {
    static let capacity = 256

    private(set) var last: UInt64 = 0
    private var notices: [ShimNotice] = []

    /// Numbers an event, and keeps it unless it is one of many that mean little later.
    mutating func add(_ event: ShimEvent, at time: Int64) -> ShimNotice {
        guard Self.keeps(event) else { return ShimNotice(sequence: 0, time: time, event) }
        last += 1
        let notice = ShimNotice(sequence: last, time: time, event)
        notices.append(notice)
        if notices.count > Self.capacity { notices.removeFirst(notices.count - Self.capacity / 2) }
        return notice
    }

    /// Those after a number, as far as they are kept.
    func after(_ sequence: UInt64) -> [ShimNotice] { notices.filter { $0.sequence > sequence } }

    private static func keeps(_ event: ShimEvent) -> Bool {
        switch event {
        case .started, .paused, .resumed, .outOfMemory, .restarting, .exited, .healthChanged, .logFailing, .logResumed: true
        case .execStarted, .execExited, .healthChecked, .health, .unknown: false
        }
    }
}
