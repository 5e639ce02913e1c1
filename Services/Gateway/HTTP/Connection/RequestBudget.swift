// How much of requests may be held in memory while they come in, over all connections.
import Synchronization

/// Bytes of heads and bodies beyond what every request may have.
final class RequestBudget: Sendable {
    /// Bytes of a head or of a body that aren't counted.
    static let allowance = 16 << 10
    static let standardLimit = 32 << 20

    struct Exceeded: Error {
        static let message = "too many large requests are being received at a time; try again in a moment"
    }

    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int = standardLimit) { self.limit = limit }

    var bytesInUse: Int { used.load(ordering: .relaxed) }

    /// False, with nothing taken, when there isn't room.
    fileprivate func take(_ count: Int) -> Bool {
        guard used.add(count, ordering: .relaxed).newValue <= limit else {
            used.subtract(count, ordering: .relaxed)
            return false
        }
        return true
    }

    fileprivate func giveBack(_ count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// What one head or one body holds of the budget. Whoever has it releases it.
struct BudgetShare {
    private let budget: RequestBudget
    private(set) var received = 0
    private var taken = 0

    init(_ budget: RequestBudget) { self.budget = budget }

    /// False when there is no room for so many bytes more.
    mutating func receive(_ count: Int) -> Bool {
        let counted = max(0, received + count - RequestBudget.allowance) - taken
        guard counted <= 0 || budget.take(counted) else { return false }
        taken += max(0, counted)
        received += count
        return true
    }

    mutating func release() {
        budget.giveBack(taken)
        (received, taken) = (0, 0)
    }
}
