// IDs of containers and execs.

enum RandomID {
    /// 64 hexadecimal digits. The first twelve are never all decimal, because those are taken for host names.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        while true {
            let id = (0..<4).map { _ in hexadecimal(generator.next()) }.joined()
            if !id.prefix(12).allSatisfy(\.isNumber) { return id }
        }
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
