// Devices, interfaces and pressure of a container's statistics.

extension ContainerStats {
    /// Lists that the kernel doesn't tell are null.
    public struct BlockIO: Codable, Sendable, Equatable {
        public struct Entry: Codable, Sendable, Equatable {
            public var major: UInt64
            public var minor: UInt64
            public var op: String
            public var value: UInt64

            public init(major: UInt64, minor: UInt64, op: String, value: UInt64) {
                self.major = major
                self.minor = minor
                self.op = op
                self.value = value
            }
        }

        @NullIfAbsent public var bytes: [Entry]?
        @NullIfAbsent public var operations: [Entry]?
        @NullIfAbsent public var queued: [Entry]?
        @NullIfAbsent public var serviceTime: [Entry]?
        @NullIfAbsent public var waitTime: [Entry]?
        @NullIfAbsent public var merged: [Entry]?
        @NullIfAbsent public var time: [Entry]?
        @NullIfAbsent public var sectors: [Entry]?

        public init() {}

        enum CodingKeys: String, CodingKey {
            case bytes = "io_service_bytes_recursive", operations = "io_serviced_recursive", queued = "io_queue_recursive"
            case serviceTime = "io_service_time_recursive", waitTime = "io_wait_time_recursive", merged = "io_merged_recursive"
            case time = "io_time_recursive", sectors = "sectors_recursive"
        }
    }

    /// One interface.
    public struct Network: Codable, Sendable, Equatable {
        public var receivedBytes: UInt64 = 0
        public var receivedPackets: UInt64 = 0
        public var receivedErrors: UInt64 = 0
        public var receivedDropped: UInt64 = 0
        public var sentBytes: UInt64 = 0
        public var sentPackets: UInt64 = 0
        public var sentErrors: UInt64 = 0
        public var sentDropped: UInt64 = 0

        public init() {}

        enum CodingKeys: String, CodingKey {
            case receivedBytes = "rx_bytes", receivedPackets = "rx_packets", receivedErrors = "rx_errors", receivedDropped = "rx_dropped"
            case sentBytes = "tx_bytes", sentPackets = "tx_packets", sentErrors = "tx_errors", sentDropped = "tx_dropped"
        }
    }

    /// As the kernel's pressure files have it: percent, and microseconds in all.
    public struct Pressure: Codable, Sendable, Equatable {
        public struct Line: Codable, Sendable, Equatable {
            public var avg10: Double
            public var avg60: Double
            public var avg300: Double
            public var total: UInt64

            public init(avg10: Double, avg60: Double, avg300: Double, total: UInt64) {
                self.avg10 = avg10
                self.avg60 = avg60
                self.avg300 = avg300
                self.total = total
            }
        }

        public var some: Line?
        public var full: Line?

        public init(some: Line?, full: Line?) {
            self.some = some
            self.full = full
        }
    }
}

/// What an update answers.
public struct ContainerUpdateResponse: Codable, Sendable, Equatable {
    public var warnings: [String]

    public init(warnings: [String]) { self.warnings = warnings }

    enum CodingKeys: String, CodingKey { case warnings = "Warnings" }
}
