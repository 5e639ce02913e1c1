// Finds the detach keys in what a client types, across any cut of the input into chunks.

/// Holds back a prefix of the key sequence until it is either complete or can't become so.
struct DetachScanner {
    enum Outcome: Equatable {
        /// To be passed on; what may still become the sequence is held back.
        case input([UInt8])
        /// The sequence was typed. The bytes came before it; what came after it is dropped.
        case detached([UInt8])
    }

    /// Sequences beyond this are refused: nobody types them.
    static let maximumLength = 64

    private let keys: [UInt8]
    /// Knuth, Morris and Pratt: for each prefix, the length of the longest shorter prefix that ends it.
    private let fallback: [Int]
    private var matched = 0

    init(keys: [UInt8]) {
        self.keys = keys
        var fallback = [Int](repeating: 0, count: keys.count)
        var length = 0
        for index in keys.indices.dropFirst() {
            while length > 0, keys[index] != keys[length] { length = fallback[length - 1] }
            if keys[index] == keys[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
    }

    mutating func scan(_ bytes: [UInt8]) -> Outcome {
        guard !keys.isEmpty else { return .input(bytes) }
        var passed: [UInt8] = []
        for byte in bytes {
            while matched > 0, byte != keys[matched] {
                let shorter = fallback[matched - 1]
                passed.append(contentsOf: keys[..<(matched - shorter)])
                matched = shorter
            }
            guard byte == keys[matched] else {
                passed.append(byte)
                continue
            }
            matched += 1
            if matched == keys.count { return .detached(passed) }
        }
        return .input(passed)
    }

    /// What is still held back, at the end of the input.
    mutating func finish() -> [UInt8] {
        defer { matched = 0 }
        return Array(keys[..<matched])
    }
}
