// The set of ordinals that are taken, with the next free one found in a few steps however large the range is.

/// A sparse set of numbers below `count`: a 64-way tree of bit words, of which only words with a set bit are stored.
///
/// Level 0 has a bit per number; each level above has a bit per word of the level below, set when that word is full.
/// Membership, insertion, removal and the search for a free number touch at most one word a level: eleven for 2^64 numbers.
struct OrdinalSet: Sendable, Equatable {
    /// Numbers from 0 to `count - 1` can be members.
    let count: UInt64
    private var levels: [[UInt64: UInt64]]

    static let maximumCount = UInt64.max

    init(count: UInt64) {
        self.count = count
        var depth = 1
        while depth * 6 < 64, count > 1 << UInt64(depth * 6) { depth += 1 }
        levels = Array(repeating: [:], count: depth)
    }

    func contains(_ ordinal: UInt64) -> Bool {
        let (word, bit) = Self.place(ordinal)
        return (levels[0][word] ?? 0) & bit != 0
    }

    /// Returns false when it was a member already, or can't be one.
    @discardableResult
    mutating func insert(_ ordinal: UInt64) -> Bool {
        guard ordinal < count, !contains(ordinal) else { return false }
        var position = ordinal
        for level in levels.indices {
            let (word, bit) = Self.place(position)
            let filled = (levels[level][word] ?? 0) | bit
            levels[level][word] = filled
            if filled != .max { break }
            position = word
        }
        return true
    }

    /// Returns false when it wasn't a member.
    @discardableResult
    mutating func remove(_ ordinal: UInt64) -> Bool {
        guard contains(ordinal) else { return false }
        var position = ordinal
        for level in levels.indices {
            let (word, bit) = Self.place(position)
            let before = levels[level][word] ?? 0
            let after = before & ~bit
            levels[level][word] = after == 0 ? nil : after
            if before != .max { break }
            position = word
        }
        return true
    }

    /// The lowest number at or above `start` that isn't a member; nil when there is none.
    func firstFree(from start: UInt64) -> UInt64? {
        guard start < count else { return nil }
        var position = start
        for level in levels.indices {
            let (word, bit) = Self.place(position)
            let taken = (levels[level][word] ?? 0) | (bit - 1)
            if taken != .max {
                let found = descend(to: word << 6 | UInt64((~taken).trailingZeroBitCount), from: level)
                return found < count ? found : nil
            }
            position = word + 1
        }
        return nil
    }

    /// The first free number below a word of `level` that isn't full.
    private func descend(to position: UInt64, from level: Int) -> UInt64 {
        levels[..<level].reversed().reduce(position) { position, words in
            position << 6 | UInt64((~(words[position] ?? 0)).trailingZeroBitCount)
        }
    }

    private static func place(_ position: UInt64) -> (word: UInt64, bit: UInt64) {
        (position >> 6, 1 << (position & 63))
    }
}
