// A device in the answer to info.

/// A device that containers can ask for.
public struct DeviceInfo: Codable, Sendable, Equatable {
    /// The driver that knows it.
    @ZeroIfAbsent public var source: String
    /// As it is asked for: `vendor.com/gpu=0`.
    @ZeroIfAbsent public var id: String

    public init(source: String, id: String) {
        self.source = source
        self.id = id
    }

    enum CodingKeys: String, CodingKey { case source = "Source", id = "ID" }
}
