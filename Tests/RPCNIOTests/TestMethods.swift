// The methods that the tests' services serve.
import RPC

enum Echo: RPCMethod {
    static let name = "test.echo"
    struct Body: Codable, Sendable, Equatable {
        var text: String
        var bytes: [UInt8] = []
    }
    typealias Request = Body
    typealias Response = Body
}

/// Answers with an error of the caller's choice.
enum Fail: RPCMethod {
    static let name = "test.fail"
    typealias Request = RPCError
    typealias Response = RPCNothing
}

/// Never answers.
enum Hang: RPCMethod {
    static let name = "test.hang"
    typealias Request = RPCNothing
    typealias Response = RPCNothing
}

enum WhoAmI: RPCMethod {
    static let name = "test.who"
    typealias Request = RPCNothing
    struct Response: Codable, Sendable {
        var pid: Int32
        var uid: UInt32
        var trace: String
        var timeout: UInt64?
    }
}

/// What only the service's own administrator may do.
enum Restricted: RPCMethod {
    static let name = "test.restricted"
    static let access = RPCAccess.administrator
    typealias Request = RPCNothing
    typealias Response = RPCNothing
}

/// A method that no service has.
enum Unknown: RPCMethod {
    static let name = "test.unknown"
    typealias Request = RPCNothing
    typealias Response = RPCNothing
}

struct Chunk: Codable, Sendable, Equatable {
    var number: Int
    var bytes: [UInt8] = []
}

/// Sends `count` chunks of `size` bytes, then says how many it sent.
enum Produce: RPCStreamMethod {
    static let name = "test.produce"
    struct Request: Codable, Sendable {
        var count: Int
        var size: Int = 0
        var fails = false
    }
    typealias Outbound = Chunk
    struct Response: Codable, Sendable, Equatable { var sent: Int }
}

/// Adds up what it is sent.
enum Sum: RPCStreamMethod {
    static let name = "test.sum"
    typealias Request = RPCNothing
    typealias Inbound = Chunk
    struct Response: Codable, Sendable, Equatable {
        var items: Int
        var bytes: Int
        var inOrder: Bool
    }
}

/// Sends every chunk back.
enum Mirror: RPCStreamMethod {
    static let name = "test.mirror"
    typealias Request = RPCNothing
    typealias Inbound = Chunk
    typealias Outbound = Chunk
    typealias Response = RPCNothing
}

/// Reads from the descriptors it is passed, one after the other.
enum ReadDescriptors: RPCMethod {
    static let name = "test.descriptors"
    struct Request: Codable, Sendable { var padding: [UInt8] = [] }
    struct Response: Codable, Sendable, Equatable { var contents: [String] }
}
