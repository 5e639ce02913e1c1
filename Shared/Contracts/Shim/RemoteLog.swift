// Where a container's output goes beside its own log: a log service of the host or of the network.

public struct RemoteLog: Codable, Sendable, Equatable {
    public enum Format: String, Codable, Sendable, CaseIterable {
        /// `<PRI>Mmm dd hh:mm:ss tag[pid]: words`
        case syslog
        case rfc3164, rfc5424, rfc5424micro, journald, fluentd, gelf
    }

    public enum Transport: String, Codable, Sendable, CaseIterable { case unixDatagram, unixStream, udp, tcp }

    public var format: Format
    public var transport: Transport
    /// A path, or a numeric address.
    public var address: String
    public var port: UInt16
    public var hostname: String
    public var containerID: String
    public var containerName: String
    public var imageID: String
    public var imageName: String
    public var command: String
    public var tag: String
    /// Nanoseconds since 1970.
    public var createdAt: Int64
    /// Labels and environment that go with each line.
    public var attributes: [String: String]
    /// The facility for syslog, 0 to 23.
    public var facility: Int32
    /// Whether fluentd gets times with nanoseconds.
    public var hasFineTimes: Bool
    /// Bytes that wait while the service takes nothing; beyond, the oldest are dropped.
    public var bufferBytes: Int64

    public init(
        format: Format, transport: Transport, address: String, port: UInt16 = 0, hostname: String = "", containerID: String = "",
        containerName: String = "", imageID: String = "", imageName: String = "", command: String = "", tag: String = "",
        createdAt: Int64 = 0, attributes: [String: String] = [:], facility: Int32 = 3, hasFineTimes: Bool = false,
        bufferBytes: Int64 = 1 << 20
    ) {
        self.format = format
        self.transport = transport
        self.address = address
        self.port = port
        self.hostname = hostname
        self.containerID = containerID
        self.containerName = containerName
        self.imageID = imageID
        self.imageName = imageName
        self.command = command
        self.tag = tag
        self.createdAt = createdAt
        self.attributes = attributes
        self.facility = facility
        self.hasFineTimes = hasFineTimes
        self.bufferBytes = bufferBytes
    }
}
