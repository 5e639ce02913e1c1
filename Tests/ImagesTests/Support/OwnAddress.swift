// An address of this host that isn't of the loopback network, so that no trust comes with it.
import Foundation
import TestSupport

enum OwnAddress {
    /// Gives the loopback interface an address of those for examples while `body` runs (RFC 5737).
    static func with<R: Sendable>(_ body: @Sendable (String) async throws -> R) async throws -> R {
        let address = "198.51.100.\(Int.random(in: 1...254))"
        try await change("add", address)
        let result: Result<R, any Error>
        do { result = .success(try await body(address)) } catch { result = .failure(error) }
        try await change("del", address)
        return try result.get()
    }

    private static func change(_ verb: String, _ address: String) async throws {
        let result = try await Command("/bin/sh", ["-c", "exec ip address \(verb) \(address)/32 dev lo"]).run()
        guard result.code == 0 else { throw CommandFailure(what: "ip address \(verb)", result: result) }
    }
}
