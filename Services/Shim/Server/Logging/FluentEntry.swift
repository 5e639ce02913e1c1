// Fluentd's forward protocol: `[tag, time, record]` in MessagePack.
import ContainerLog
import Contracts

enum FluentEntry {
    static func encode(
        _ spec: RemoteLog, _ words: Slice<UnsafeBufferPointer<UInt8>>, _ stream: LogStream, _ time: Int64, _ part: LinePart?
    ) -> [UInt8] {
        var record = [
            ("container_id", spec.containerID), ("container_name", "/" + spec.containerName), ("source", stream.rawValue),
        ]
        if let part {
            record += [
                ("partial_message", "true"), ("partial_id", part.id), ("partial_ordinal", String(part.ordinal)),
                ("partial_last", String(part.isLast)),
            ]
        }
        record += spec.attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var bytes: [UInt8] = [0x93]
        text(spec.tag.utf8, in: &bytes)
        bytes += self.time(time, isFine: spec.hasFineTimes)
        head(record.count + 1, short: 0x80, in: &bytes)
        for (key, value) in record {
            text(key.utf8, in: &bytes)
            text(value.utf8, in: &bytes)
        }
        text("log".utf8, in: &bytes)
        text(words, in: &bytes)
        return bytes
    }

    /// Seconds, or the extension that has the nanoseconds too.
    private static func time(_ nanoseconds: Int64, isFine: Bool) -> [UInt8] {
        let seconds = bigEndian(UInt32(truncatingIfNeeded: nanoseconds / 1_000_000_000))
        guard isFine else { return [0xce] + seconds }
        return [0xd7, 0x00] + seconds + bigEndian(UInt32(truncatingIfNeeded: nanoseconds % 1_000_000_000))
    }

    /// Of a map: up to 15 entries are told in the first byte.
    private static func head(_ count: Int, short: UInt8, in bytes: inout [UInt8]) {
        if count < 16 { return bytes.append(short | UInt8(count)) }
        bytes.append(0xde)
        bytes += bigEndian(UInt16(clamping: count))
    }

    private static func text(_ value: some Collection<UInt8>, in bytes: inout [UInt8]) {
        switch value.count {
        case ..<32: bytes.append(0xa0 | UInt8(value.count))
        case ..<256: bytes += [0xd9, UInt8(value.count)]
        case ..<65536: bytes += [0xda] + bigEndian(UInt16(value.count))
        default: bytes += [0xdb] + bigEndian(UInt32(value.count))
        }
        bytes += value
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
