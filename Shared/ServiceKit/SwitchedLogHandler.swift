// Logs to standard error at a level that can change while the service runs.
public import Logging
import Synchronization

/// The level of every logger of the process.
public enum LogLevel {
    private static let level = Mutex(Logger.Level.info)

    public static var current: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
}

struct SwitchedLogHandler: LogHandler {
    private var inner: StreamLogHandler

    init(label: String) {
        inner = .standardError(label: label)
        // What is to be said is decided here.
        inner.logLevel = .trace
    }

    var logLevel: Logger.Level {
        get { LogLevel.current }
        set { LogLevel.current = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { inner.log(event: event) }
}
