// Messages in a stream: two bytes of length before each (RFC 7766).

/// Takes bytes as they come and gives whole messages.
struct StreamFraming: Sendable {
    private var buffer: [UInt8] = []

    /// The messages that are complete now.
    mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        buffer += bytes
        var messages: [[UInt8]] = []
        var position = 0
        while buffer.count - position >= 2 {
            let length = Int(buffer[position]) << 8 | Int(buffer[position + 1])
            guard buffer.count - position - 2 >= length else { break }
            messages.append(Array(buffer[(position + 2)..<(position + 2 + length)]))
            position += 2 + length
        }
        buffer.removeFirst(position)
        return messages
    }

    /// A message is at most 65535 bytes long; what is longer must not be given.
    static func frame(_ message: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
    }
}
