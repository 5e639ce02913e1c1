// The allocator's set against a naive one.
import Testing

@testable import NetworkServer

struct OrdinalSetTests {
    @Test(arguments: [1, 2, 63, 64, 65, 100, 4095, 4096, 4097, 5000] as [UInt64])
    func agreesWithNaiveSet(count: UInt64) {
        var random = Xorshift(seed: count &* 0x9e37_79b9_7f4a_7c15 | 1)
        var set = OrdinalSet(count: count)
        var naive: Set<UInt64> = []
        // Phases that lean to insertion, then to removal, so that words and whole levels fill up and empty again.
        for step in 0..<12000 {
            let ordinal = random.next() % count
            if (step / 3000) % 2 == 0 ? random.next() % 4 != 0 : random.next() % 4 == 0 {
                let (actual, expected) = (set.insert(ordinal), naive.insert(ordinal).inserted)
                #expect(actual == expected)
            } else {
                let (actual, expected) = (set.remove(ordinal), naive.remove(ordinal) != nil)
                #expect(actual == expected)
            }
            guard step % 50 == 0 else { continue }
            let start = random.next() % (count + 2)
            #expect(set.contains(ordinal) == naive.contains(ordinal))
            #expect(set.firstFree(from: start) == (start..<max(start, count)).first { !naive.contains($0) })
        }
    }

    @Test func fillsToTheLastAndNoFurther() {
        var set = OrdinalSet(count: 4200)
        for expected in 0..<UInt64(4200) {
            #expect(set.firstFree(from: 0) == expected)
            set.insert(expected)
        }
        #expect(set.firstFree(from: 0) == nil)
        let isInserted = set.insert(4200)
        #expect(!isInserted)
        set.remove(77)
        #expect(set.firstFree(from: 0) == 77)
        #expect(set.firstFree(from: 78) == nil)
    }

    @Test func vastRangesCostNoMoreThanSmallOnes() {
        var set = OrdinalSet(count: .max)
        #expect(set.count == OrdinalSet.maximumCount)
        for _ in 0..<1000 {
            set.insert(set.firstFree(from: 0) ?? 0)
        }
        #expect(set.firstFree(from: 0) == 1000)
        let end = OrdinalSet.maximumCount - 1
        let isInserted = set.insert(end)
        #expect(isInserted)
        #expect(set.firstFree(from: end) == nil)
        #expect(set.firstFree(from: end - 1) == end - 1)
    }
}

/// The same numbers on every run, so that a failure repeats.
struct Xorshift {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
