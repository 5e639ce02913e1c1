// The content types of the Engine API.

enum MediaType {
    static let json = "application/json"
    static let tar = "application/x-tar"
    static let octets = "application/octet-stream"
    static let plainText = "text/plain; charset=utf-8"
    /// Bytes as a terminal has them, and what every client got before 1.42.
    static let rawStream = "application/vnd.docker.raw-stream"
    /// Output in frames that say which stream it is of.
    static let multiplexedStream = "application/vnd.docker.multiplexed-stream"
    static let jsonLines = "application/jsonl"
    static let ndjson = "application/x-ndjson"
    static let jsonSequence = "application/json-seq"
}
