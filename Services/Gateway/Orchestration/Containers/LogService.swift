// Where a log service is: its name looked up at the start of the container, as the shim has nothing to look names up with.
import Contracts
import Foundation
import GatewayState
import Glibc
import RPC

enum LogService {
    /// How long name servers may take: the container's start waits.
    private static let patience = Duration.seconds(20)

    /// Errors: `internalError` for a name that nobody knows, or of which nobody tells in time.
    static func located(_ remote: RemoteLog, _ record: ContainerRecord, hostname: String) async throws -> RemoteLog {
        var located = remote
        located.hostname = hostname
        located.createdAt = record.definition.createdAt
        guard remote.transport == .udp || remote.transport == .tcp else { return located }
        let name = remote.address
        located.address = try await address(of: name, within: patience, lookUp)
        return located
    }

    static func address(
        of name: String, within patience: Duration, _ lookUp: @escaping @Sendable (String) -> String?
    ) async throws -> String {
        let found = Promise<String?>()
        // A thread of its own: looking up blocks, and others' log services are no reason to wait.
        Thread.detachNewThread { found.resolve(lookUp(name)) }
        switch try await found.value(within: patience) {
        case .some(.some(let address)): return address
        case .some(.none): throw failure(name, "no such host")
        case .none: throw failure(name, "i/o timeout")
        }
    }

    private static func failure(_ name: String, _ reason: String) -> RPCError {
        RPCError(.internalError, "failed to initialize logging driver: lookup \(name): \(reason)")
    }

    /// The first numeric address of a name; may wait for name servers.
    static func lookUp(_ name: String) -> String? {
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, nil, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(first) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
