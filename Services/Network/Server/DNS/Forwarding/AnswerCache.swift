// Answers of other name servers, kept for a few seconds.

/// Holds what a sandbox was told, for that sandbox alone: another may have other servers, or see other names behind them.
struct AnswerCache: Sendable {
    struct Key: Sendable, Hashable {
        let client: String
        let question: DNSQuestion
        let wantsSignatures: Bool
        let hasExtensions: Bool
        let flags: UInt16

        /// nil for what isn't kept.
        init?(client: String, query: DNSMessage) {
            guard query.questions.count == 1, let question = query.questions.first else { return nil }
            self.client = client
            self.question = question.folded
            hasExtensions = query.extensions != nil
            wantsSignatures = query.extensions?.wantsSignatures ?? false
            flags = query.header.flags & (DNSHeader.Flag.recursionDesired | DNSHeader.Flag.checkingDisabled)
        }
    }

    private struct Entry: Sendable {
        let message: DNSMessage
        let stored: Milliseconds
        let expires: Milliseconds
    }

    /// However long an answer may be kept, it is asked for again after this.
    static let longest: Milliseconds = 5000
    /// Entries of one generation; there are two.
    static let capacity = 2048
    /// Longer answers are not kept.
    static let longestAnswer = 4096

    private var young: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]

    /// The answer with the time that has gone by taken off its TTLs.
    func answer(_ key: Key, at now: Milliseconds) -> DNSMessage? {
        guard let entry = young[key] ?? old[key], now < entry.expires else { return nil }
        return Self.aged(entry.message, by: UInt32(clamping: (now - entry.stored) / 1000))
    }

    /// Keeps answers and that there is no such name, for as long as they say; nothing else.
    mutating func store(_ message: DNSMessage, for key: Key, at now: Milliseconds) {
        guard [.noError, .noSuchName].contains(message.header.code), !message.header.isTruncated,
            message.bytes.count <= Self.longestAnswer, let seconds = Self.lifetime(of: message)
        else { return }
        if young.count >= Self.capacity {
            old = young
            young = [:]
        }
        young[key] = Entry(message: message, stored: now, expires: now + min(Milliseconds(seconds) * 1000, Self.longest))
    }

    /// Forgets what a sandbox was told.
    mutating func forget(client: String) {
        young = young.filter { $0.key.client != client }
        old = old.filter { $0.key.client != client }
    }

    mutating func forgetAll() {
        young = [:]
        old = [:]
    }

    var count: Int { young.count + old.count }

    /// Seconds; without records, there is nothing that says how long.
    private static func lifetime(of message: DNSMessage) -> UInt32? {
        let seconds = message.records.filter { $0.type != .opt }.map(\.ttl).min() ?? 0
        return seconds > 0 ? seconds : nil
    }

    private static func aged(_ message: DNSMessage, by seconds: UInt32) -> DNSMessage? {
        guard seconds > 0 else { return message }
        var bytes = message.bytes
        for record in message.records where record.type != .opt {
            let left = record.ttl > seconds ? record.ttl - seconds : 0
            for index in 0..<4 { bytes[record.ttlOffset + index] = UInt8(truncatingIfNeeded: left >> UInt32(24 - 8 * index)) }
        }
        return try? DNSMessage(parsing: bytes)
    }
}
