// Which of the repositories that an index found are told.
import Contracts
import GatewayState
import Models
import RPC

/// The filters of search, checked and prepared. Pure.
struct ImageSearchFilter {
    private let isOfficial: Bool?
    private let isAutomated: Bool?
    private let stars: Int

    /// Errors: `invalidParameter` for a value that makes no sense.
    init(_ filters: Filters) throws(RPCError) {
        isOfficial = try Self.flag("is-official", filters)
        isAutomated = try Self.flag("is-automated", filters)
        var stars = 0
        for text in filters.values("stars") {
            guard let number = Int(text) else { throw Self.invalid("stars", text) }
            stars = max(stars, number)
        }
        self.stars = stars
    }

    private static func flag(_ key: String, _ filters: Filters) throws(RPCError) -> Bool? {
        switch filters.values(key).first {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        case .some(let text): throw invalid(key, text)
        }
    }

    private static func invalid(_ key: String, _ text: String) -> RPCError {
        RPCError(.invalidParameter, "invalid filter '\(key)=[\(text)]'")
    }

    func matches(_ found: SearchImages.Found) -> Bool {
        isOfficial.map { $0 == found.isOfficial } ?? true && isAutomated.map { $0 == found.isAutomated } ?? true && found.stars >= stars
    }
}
