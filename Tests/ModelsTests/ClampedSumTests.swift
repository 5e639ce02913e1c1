// Sizes that add up to more than there are numbers.
import Models
import Testing

@Suite struct ClampedSumTests {
    @Test(
        arguments: [
            ([], 0), ([1, 2, -4], -1), ([.max], .max), ([.max, 1], .max), ([.max, .max, .max], .max), ([.min, -1], .min),
            ([.max, .min], -1),
        ] as [([Int64], Int64)])
    func sums(sizes: [Int64], sum: Int64) {
        #expect(sizes.clampedSum() == sum)
    }
}
