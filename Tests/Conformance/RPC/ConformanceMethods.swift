// The methods that the Python client calls on the test services.
import RPC

enum ConformanceEcho: RPCMethod {
    static let name = "conformance.echo"
    struct Body: Codable, Sendable {
        var text: String
        var bytes: [UInt8]
        var integers: [Int64]
        var double: Double
        var map: [String: [Int]]
        var present: Bool?
        var absent: String?
    }
    typealias Request = Body
    typealias Response = Body
}

/// For whoever can open the socket.
enum ConformanceOpen: RPCMethod {
    static let name = "conformance.open"
    static let access = RPCAccess.anyone
    typealias Request = RPCNothing
    typealias Response = RPCNothing
}

/// Never answers.
enum ConformanceHang: RPCMethod {
    static let name = "conformance.hang"
    typealias Request = RPCNothing
    typealias Response = RPCNothing
}

struct ConformanceChunk: Codable, Sendable {
    var number: Int
    var bytes: [UInt8]
}

enum ConformanceSum: RPCStreamMethod {
    static let name = "conformance.sum"
    typealias Request = RPCNothing
    typealias Inbound = ConformanceChunk
    struct Response: Codable, Sendable {
        var items: Int
        var bytes: Int
    }
}

enum ConformanceProduce: RPCStreamMethod {
    static let name = "conformance.produce"
    struct Request: Codable, Sendable {
        var count: Int
        var size: Int
    }
    typealias Outbound = ConformanceChunk
    struct Response: Codable, Sendable { var sent: Int }
}

/// Reads a text from the descriptor it is passed.
enum ConformanceRead: RPCMethod {
    static let name = "conformance.read"
    typealias Request = RPCNothing
    struct Response: Codable, Sendable { var text: String }
}
