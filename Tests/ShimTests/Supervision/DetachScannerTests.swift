// Detach keys, however the input is cut.
import Testing

@testable import ShimServer

@Suite struct DetachScannerTests {
    private static let p: UInt8 = 0x10
    private static let q: UInt8 = 0x11

    /// Feeds the input cut into chunks of a size; returns what was passed on and whether the keys were found.
    private func scan(_ input: [UInt8], keys: [UInt8], chunk: Int) -> (passed: [UInt8], detached: Bool) {
        var scanner = DetachScanner(keys: keys)
        var passed: [UInt8] = []
        for start in stride(from: 0, to: input.count, by: chunk) {
            switch scanner.scan(Array(input[start..<min(start + chunk, input.count)])) {
            case .input(let bytes): passed += bytes
            case .detached(let bytes): return (passed + bytes, true)
            }
        }
        return (passed + scanner.finish(), false)
    }

    @Test(
        arguments: [
            ([], [p, q], [], false),
            ([65, 66], [p, q], [65, 66], false),
            ([p, q], [p, q], [], true),
            ([65, p, q, 66], [p, q], [65], true),
            ([p, 65], [p, q], [p, 65], false),
            ([p, p, q], [p, q], [p], true),
            ([65, p], [p, q], [65, p], false),
            ([1, 1, 1, 2], [1, 1, 2], [1], true),
            ([1, 2, 1, 2, 1, 3], [1, 2, 1, 3], [1, 2], true),
            ([1, 2, 1, 4], [1, 2, 1, 3], [1, 2, 1, 4], false),
            ([7], [7], [], true),
            ([p, q], [], [p, q], false),
        ] as [([UInt8], [UInt8], [UInt8], Bool)])
    func `The keys are found however the input is cut`(input: [UInt8], keys: [UInt8], passed: [UInt8], detached: Bool) {
        for chunk in 1...max(1, input.count) {
            let result = scan(input, keys: keys, chunk: chunk)
            #expect(result.passed == passed && result.detached == detached, "chunks of \(chunk)")
        }
    }

    @Test func `Any input is passed on up to the first occurrence`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let keys = (0..<Int.random(in: 1...4)).map { _ in UInt8.random(in: 1...2, using: &generator) }
            let input = (0..<Int.random(in: 0...12)).map { _ in UInt8.random(in: 1...3, using: &generator) }
            let found = input.indices.first { input[$0...].starts(with: keys) }
            let result = scan(input, keys: keys, chunk: Int.random(in: 1...4))
            #expect(result.detached == (found != nil), "\(keys) in \(input)")
            #expect(result.passed == found.map { Array(input[..<$0]) } ?? input, "\(keys) in \(input)")
        }
    }
}
