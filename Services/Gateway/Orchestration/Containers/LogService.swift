// Where a log service is: its name looked up at the start of the container, as the shim has nothing to look names up with.
import Contracts
import GatewayState
import Glibc
import NIOPosix
import RPC

enum LogService {
    /// Errors: `invalidParameter` for a name that nobody knows.
    static func located(_ remote: RemoteLog, _ record: ContainerRecord, hostname: String) async throws -> RemoteLog {
        var located = remote
        located.hostname = hostname
        located.createdAt = record.definition.createdAt
        guard remote.transport == .udp || remote.transport == .tcp else { return located }
        let name = remote.address
        let address = try await NIOThreadPool.singleton.runIfActive { lookUp(name) }
        guard let address else {
            throw RPCError(.internalError, "failed to initialize logging driver: lookup \(name): no such host")
        }
        located.address = address
        return located
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
