// Flow control of one direction of a stream, at the receiver.

/// What the sender may still send, and what has been consumed but not given back yet.
struct RPCWindow {
    private let size: Int
    private var remaining: Int
    private var consumed = 0

    init(size: Int) {
        self.size = size
        remaining = size
    }

    /// Counts an item that arrived. False when the sender had no credit left; the last item may exceed it.
    mutating func receive(_ cost: Int) -> Bool {
        guard remaining > 0 else { return false }
        remaining -= cost
        return true
    }

    /// Counts consumption. Returns the credit to give back now, in portions of half a window so that small items don't cost a frame each.
    mutating func consume(_ cost: Int) -> Int? {
        consumed += cost
        guard consumed >= max(1, size / 2) else { return nil }
        remaining += consumed
        defer { consumed = 0 }
        return consumed
    }
}

/// Flow control of one direction of a stream, at the sender.
struct RPCCredit {
    /// The most credit that a peer may grant; one that grants more is broken.
    static let most = Int(Int32.max)

    private(set) var remaining: Int

    init(_ remaining: Int) { self.remaining = min(remaining, Self.most) }

    /// Takes the cost of an item, if there is any credit at all.
    mutating func spend(_ cost: Int) -> Bool {
        guard remaining > 0 else { return false }
        remaining -= cost
        return true
    }

    /// False when the sum is more than any window.
    mutating func grant(_ bytes: Int) -> Bool {
        guard bytes > 0, bytes <= Self.most, remaining <= Self.most - bytes else { return false }
        remaining += bytes
        return true
    }
}
