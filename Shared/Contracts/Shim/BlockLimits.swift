// How much of the host's block devices a container may use.

public struct BlockLimits: Codable, Sendable, Equatable {
    /// The container's share when containers compete, 10 to 1000.
    public var weight: Int64?
    public var deviceWeights: [DeviceRate]
    /// Bytes a second.
    public var readBytes: [DeviceRate]
    /// Bytes a second.
    public var writeBytes: [DeviceRate]
    /// Operations a second.
    public var readOperations: [DeviceRate]
    /// Operations a second.
    public var writeOperations: [DeviceRate]

    public init(
        weight: Int64? = nil, deviceWeights: [DeviceRate] = [], readBytes: [DeviceRate] = [], writeBytes: [DeviceRate] = [],
        readOperations: [DeviceRate] = [], writeOperations: [DeviceRate] = []
    ) {
        self.weight = weight
        self.deviceWeights = deviceWeights
        self.readBytes = readBytes
        self.writeBytes = writeBytes
        self.readOperations = readOperations
        self.writeOperations = writeOperations
    }
}

/// A number for one block device of the host.
public struct DeviceRate: Codable, Sendable, Equatable {
    /// The path of the device's node on the host.
    public var path: String
    public var value: UInt64

    public init(path: String, value: UInt64) {
        self.path = path
        self.value = value
    }
}
