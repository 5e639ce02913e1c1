// A log entry as a log service takes it.
import ContainerLog
import Contracts
import Glibc

/// Encodes entries for one container and one service.
struct RemoteLogFormat {
    let spec: RemoteLog
    /// Told as the sender by syslog.
    var pid = getpid()

    /// One message. Syslog and GELF take none without words.
    /// - Parameters:
    ///   - bytes: What the process wrote, with its newline unless a line goes on in the next entry.
    ///   - part: nil for a whole line.
    func message(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: LogStream, at time: Int64, part: LinePart?) -> [UInt8] {
        let words = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        let takesBlankLines = spec.format == .journald || spec.format == .fluentd
        guard !words.isEmpty || takesBlankLines else { return [] }
        return switch spec.format {
        case .syslog, .rfc3164, .rfc5424, .rfc5424micro: syslog(words, stream, time)
        case .journald: JournalEntry.encode(spec, words, stream, time, part)
        case .fluentd: FluentEntry.encode(spec, words, stream, time, part)
        case .gelf: GelfEntry.encode(spec, words, stream, time) + (spec.transport == .tcp ? [0] : [])
        }
    }

    private func syslog(_ words: Slice<UnsafeBufferPointer<UInt8>>, _ stream: LogStream, _ time: Int64) -> [UInt8] {
        let priority = spec.facility * 8 + Self.severity(stream)
        let head =
            switch spec.format {
            case .rfc3164: "<\(priority)>\(LogClock.stamp(time)) \(spec.hostname) \(spec.tag)[\(pid)]: "
            case .rfc5424: "<\(priority)>1 \(LogClock.rfc3339(time)) \(spec.hostname) \(spec.tag) \(pid) \(spec.tag) - "
            case .rfc5424micro:
                "<\(priority)>1 \(LogClock.rfc3339(time, digits: 6)) \(spec.hostname) \(spec.tag) \(pid) \(spec.tag) - "
            default: "<\(priority)>\(LogClock.stamp(time)) \(spec.tag)[\(pid)]: "
            }
        return Array(head.utf8) + words + [UInt8(ascii: "\n")]
    }

    /// What syslog calls informational, or an error.
    static func severity(_ stream: LogStream) -> Int32 { stream == .stdout ? 6 : 3 }
}

/// Times as log services write them.
enum LogClock {
    /// `Jan  2 15:04:05`, in the host's time.
    static func stamp(_ nanoseconds: Int64) -> String { text(nanoseconds, "%b %e %H:%M:%S", isLocal: true) }

    /// `2006-01-02T15:04:05Z`, with so many digits of the second's fraction.
    static func rfc3339(_ nanoseconds: Int64, digits: Int = 0) -> String {
        let fraction = digits == 0 ? "" : "." + padded(nanoseconds % 1_000_000_000, 9).prefix(digits)
        return text(nanoseconds, "%Y-%m-%dT%H:%M:%S", isLocal: false) + fraction + "Z"
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func text(_ nanoseconds: Int64, _ format: String, isLocal: Bool) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        _ = isLocal ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, format, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
