// Logs: framed when the container has no terminal, with timestamps and details if asked for.
import ContainerLog
import GatewayBackends
import HTTPTypes
import HummingbirdCore
import Models
import NIOCore
import RPC

struct ContainerLogsRoute: Sendable {
    let backend: any ContainerBackend

    @Sendable func stream(_ request: EngineRequest) async throws -> Response {
        let options = try Self.options(request.query, now: WallClock.now())
        let log = try await backend.logs(request.parameter("name"), options, context: request.context)
        let isFramed = !log.isTerminal
        let writer = LogLineWriter(
            isFramed: isFramed, timestamps: request.query.flag("timestamps"), details: request.query.flag("details"))
        let multiplexed = isFramed && request.version >= APIVersionGate.multiplexedStreams
        return .stream(multiplexed ? MediaType.multiplexedStream : MediaType.rawStream) { body in
            try await request.connection.whileClientStays {
                try await Self.copy(log, with: writer, to: &body)
            }
        }
    }

    /// An error after the head has been sent is told in the stream, as dockerd does.
    private static func copy(
        _ log: GatewayBackends.LogStream, with writer: LogLineWriter, to body: inout any ResponseBodyWriter
    ) async throws {
        do {
            for try await batch in log.batches {
                var buffer = ByteBuffer()
                for entry in batch { writer.append(entry, to: &buffer) }
                try await body.write(buffer)
            }
        } catch let error as RPCError {
            var buffer = ByteBuffer()
            writer.append(failure: "Error grabbing logs: \(error.message)\n", to: &buffer)
            try await body.write(buffer)
        }
    }

    static func options(_ query: QueryParameters, now: Int64) throws -> LogOptions {
        let options = LogOptions(
            stdout: query.flag("stdout"), stderr: query.flag("stderr"), follow: query.flag("follow"),
            since: try query.time("since", now: now).flatMap { $0 == 0 ? nil : $0 },
            until: try query.time("until", now: now).flatMap { $0 == 0 ? nil : $0 },
            tail: query.text("tail").flatMap(Int.init).flatMap { $0 < 0 ? nil : $0 })
        guard options.stdout || options.stderr else {
            throw RPCError(.invalidParameter, "Bad parameters: you must choose at least one stream")
        }
        return options
    }
}

/// Writes log entries in the form a client asked for.
struct LogLineWriter: Sendable {
    let isFramed: Bool
    let timestamps: Bool
    let details: Bool

    func append(_ entry: GatewayBackends.LogEntry, to buffer: inout ByteBuffer) {
        var line: [UInt8] = []
        if timestamps {
            LogTime.append(entry.time, .fixed, to: &line)
            line.append(UInt8(ascii: " "))
        }
        if details { line += Array((Self.words(entry.attributes) + " ").utf8) }
        line += entry.bytes
        append(line, of: entry.source == .stdout ? .stdout : .stderr, to: &buffer)
    }

    func append(failure: String, to buffer: inout ByteBuffer) {
        append(Array(failure.utf8), of: .stderr, to: &buffer)
    }

    private func append(_ line: [UInt8], of source: StreamFrame.Source, to buffer: inout ByteBuffer) {
        if isFramed {
            StreamFrame.append(line, of: source, to: &buffer)
        } else {
            buffer.writeBytes(line)
        }
    }

    /// `key=value` in the keys' order, escaped, with commas between.
    private static func words(_ attributes: [String: String]) -> String {
        attributes.sorted { $0.key < $1.key }
            .map { PercentEncoding.encodeQuery($0.key) + "=" + PercentEncoding.encodeQuery($0.value) }
            .joined(separator: ",")
    }
}
