// A container of a list. Of most containers a client has asked before, and little but their age has changed since.
public import Models

/// What a list says of a container, made when it is asked for, and kept by whoever offers to.
public struct ListedContainer: Sendable {
    /// Gives the bytes kept under a key for the container as it is; made first if there are none.
    public typealias Keeper = @Sendable (_ key: Int, _ make: () -> [UInt8]) -> [UInt8]

    public let id: String
    /// For humans, as of now: `Up 3 minutes (healthy)`. ASCII without quotes and backslashes.
    public let status: String
    private let body: @Sendable () -> ContainerSummary
    private let keeper: Keeper?

    /// - Parameter body: All but the status.
    public init(id: String, status: String, keeper: @escaping Keeper, body: @escaping @Sendable () -> ContainerSummary) {
        self.id = id
        self.status = status
        self.body = body
        self.keeper = keeper
    }

    /// One of which nothing is kept.
    public init(_ summary: ContainerSummary) {
        id = summary.id
        status = summary.status
        body = { summary }
        keeper = nil
    }

    public var summary: ContainerSummary {
        var summary = body()
        summary.status = status
        return summary
    }

    /// Bytes made from all but the status, which is empty. The same key has to mean the same `encode`.
    public func encoded(_ key: Int, _ encode: (ContainerSummary) -> [UInt8]) -> [UInt8] {
        guard let keeper else { return encode(unaged) }
        return keeper(key) { encode(unaged) }
    }

    private var unaged: ContainerSummary {
        var summary = body()
        summary.status = ""
        return summary
    }
}
