// Files of containers as the Engine API shows them.

/// A file, as the header `X-Docker-Container-Path-Stat` tells it.
public struct PathStatus: Codable, Sendable, Equatable {
    public var name: String
    public var size: Int64
    /// The mode in the bits of Go's `os.FileMode`.
    public var mode: UInt32
    public var mtime: EngineTime
    public var linkTarget: String

    /// - Parameter mode: as stat(2) has it.
    public init(name: String, size: Int64, mode: UInt32, mtime: EngineTime, linkTarget: String) {
        self.name = name
        self.size = size
        self.mode = Self.goMode(mode)
        self.mtime = mtime
        self.linkTarget = linkTarget
    }

    /// Go keeps types and set-ID bits in places of its own.
    static func goMode(_ mode: UInt32) -> UInt32 {
        let types: [UInt32: UInt32] = [
            0o040000: 1 << 31, 0o120000: 1 << 27, 0o060000: 1 << 26, 0o020000: 1 << 26 | 1 << 21, 0o010000: 1 << 25, 0o140000: 1 << 24,
        ]
        let bits: [(UInt32, UInt32)] = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)]
        return bits.reduce(mode & 0o777 | types[mode & 0o170000, default: 0]) { $0 | (mode & $1.0 == 0 ? 0 : $1.1) }
    }
}

/// One entry of what `GET /containers/{id}/changes` answers.
public struct PathChange: Codable, Sendable, Equatable {
    public var path: String
    /// 0 modified, 1 added, 2 deleted.
    public var kind: Int

    public init(path: String, kind: Int) {
        self.path = path
        self.kind = kind
    }

    enum CodingKeys: String, CodingKey { case path = "Path", kind = "Kind" }
}
