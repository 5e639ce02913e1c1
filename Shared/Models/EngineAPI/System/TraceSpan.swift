// One step of what was done to a container, with its time: an extension of the Engine API.

public struct TraceSpan: Codable, Sendable, Equatable {
    /// The sequence's step: `gateway.create.commit`.
    public var name: String
    /// The process that did the work: `gateway`, `images`, `network` or `shim`.
    public var service: String
    /// Nanoseconds since 1970.
    public var start: Int64
    public var end: Int64
    /// `done`, `failed` or `undone`.
    public var outcome: String
    /// Why it failed.
    public var error: String?

    public init(name: String, service: String, start: Int64, end: Int64, outcome: String, error: String? = nil) {
        self.name = name
        self.service = service
        self.start = start
        self.end = end
        self.outcome = outcome
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name", service = "Service", start = "Start", end = "End", outcome = "Outcome", error = "Error"
    }
}
