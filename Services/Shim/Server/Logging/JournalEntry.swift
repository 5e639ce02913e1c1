// The journal's native protocol: fields, one after the other, in one datagram.
import ContainerLog
import Contracts

enum JournalEntry {
    static func encode(
        _ spec: RemoteLog, _ words: Slice<UnsafeBufferPointer<UInt8>>, _ stream: LogStream, _ time: Int64, _ part: LinePart?
    ) -> [UInt8] {
        var entry: [UInt8] = []
        field("MESSAGE", words, in: &entry)
        let known = [
            ("PRIORITY", String(RemoteLogFormat.severity(stream))), ("CONTAINER_ID", String(spec.containerID.prefix(12))),
            ("CONTAINER_ID_FULL", spec.containerID), ("CONTAINER_NAME", spec.containerName), ("CONTAINER_TAG", spec.tag),
            ("IMAGE_NAME", spec.imageName), ("SYSLOG_IDENTIFIER", spec.tag), ("SYSLOG_TIMESTAMP", LogClock.rfc3339(time, digits: 9)),
        ]
        for (name, value) in known { field(name, value.utf8, in: &entry) }
        if let part { fields(of: part, in: &entry) }
        for (name, value) in spec.attributes.sorted(by: { $0.key < $1.key }) {
            if let name = fieldName(name) { field(name, value.utf8, in: &entry) }
        }
        return entry
    }

    private static func fields(of part: LinePart, in entry: inout [UInt8]) {
        field("CONTAINER_PARTIAL_ID", part.id.utf8, in: &entry)
        field("CONTAINER_PARTIAL_ORDINAL", String(part.ordinal).utf8, in: &entry)
        field("CONTAINER_PARTIAL_LAST", String(part.isLast).utf8, in: &entry)
        if !part.isLast { field("CONTAINER_PARTIAL_MESSAGE", "true".utf8, in: &entry) }
    }

    /// A value with a newline is told with its length.
    private static func field(_ name: String, _ value: some Collection<UInt8>, in entry: inout [UInt8]) {
        entry += name.utf8
        if value.contains(UInt8(ascii: "\n")) {
            entry.append(UInt8(ascii: "\n"))
            entry += withUnsafeBytes(of: UInt64(value.count).littleEndian) { Array($0) }
        } else {
            entry.append(UInt8(ascii: "="))
        }
        entry += value
        entry.append(UInt8(ascii: "\n"))
    }

    /// Capital letters, digits and underscores, and no underscore or digit first: the journal's own begin so.
    static func fieldName(_ name: String) -> String? {
        let mapped = name.uppercased().unicodeScalars.map { scalar in
            ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        let text = String(mapped.drop { $0 == "_" || $0.isNumber })
        return text.isEmpty ? nil : String(text.prefix(64))
    }
}
