// Graylog's extended log format: JSON, over UDP in chunks where it is long.
import ContainerLog
import Contracts

enum GelfEntry {
    /// Bytes of a datagram that go through any network in one piece.
    static let chunkBytes = 1420
    private static let chunkHead = 12
    private static let maximumChunks = 128

    static func encode(_ spec: RemoteLog, _ words: Slice<UnsafeBufferPointer<UInt8>>, _ stream: LogStream, _ time: Int64) -> [UInt8] {
        let fields =
            [
                ("_container_id", spec.containerID), ("_container_name", spec.containerName), ("_image_id", spec.imageID),
                ("_image_name", spec.imageName), ("_command", spec.command), ("_tag", spec.tag),
                ("_created", LogClock.rfc3339(spec.createdAt, digits: 9)),
            ] + spec.attributes.sorted { $0.key < $1.key }.map { ("_" + $0.key, $0.value) }
        var json = #"{"version":"1.1","host":"# + quoted(spec.hostname)
        json += #","short_message":"# + quoted(String(decoding: words, as: UTF8.self))
        let milliseconds = time / 1_000_000
        json += ",\"timestamp\":\(milliseconds / 1000).\(LogClock.padded(milliseconds % 1000, 3))"
        json += ",\"level\":\(RemoteLogFormat.severity(stream))"
        for (name, value) in fields { json += "," + quoted(name) + ":" + quoted(value) }
        return Array((json + "}").utf8)
    }

    /// The datagrams of a message; none when it needs more chunks than there may be.
    static func datagrams(_ message: [UInt8], id: UInt64) -> [[UInt8]] {
        guard message.count > chunkBytes else { return [message] }
        let room = chunkBytes - chunkHead
        let count = (message.count + room - 1) / room
        guard count <= maximumChunks else { return [] }
        return (0..<count).map { index in
            let head: [UInt8] = [0x1e, 0x0f] + withUnsafeBytes(of: id.bigEndian) { Array($0) } + [UInt8(index), UInt8(count)]
            return head + message[(index * room)..<min(message.count, (index + 1) * room)]
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20: result += "\\u" + LogClock.padded(0, 2) + hexadecimal(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
