// An address and a port as system calls take them.
import Glibc

/// A socket's name, of either family.
struct SocketName {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// Room for a name that a system call fills in.
    init() {}

    init(_ address: IPAddress, _ port: UInt16) {
        let bytes = address.bytes
        switch address.family {
        case .v4:
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            fill(as: sockaddr_in.self) { name in
                name.sin_family = sa_family_t(AF_INET)
                name.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: bytes) }
            }
        case .v6:
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            fill(as: sockaddr_in6.self) { name in
                name.sin6_family = sa_family_t(AF_INET6)
                name.sin6_port = port.bigEndian
                withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: bytes) }
            }
        }
    }

    /// 0 for a name of another kind.
    var port: UInt16 {
        var copy = storage
        return withUnsafeMutablePointer(to: &copy) { pointer in
            switch Int32(pointer.pointee.ss_family) {
            case AF_INET: pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
            case AF_INET6: pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin6_port) }
            default: 0
            }
        }
    }

    /// What tells names apart.
    struct Key: Sendable, Hashable {
        let address: IPAddress
        let port: UInt16
    }

    /// nil for a name of another kind.
    var key: Key? {
        var copy = storage
        let address = withUnsafeMutablePointer(to: &copy) { pointer -> IPAddress? in
            switch Int32(pointer.pointee.ss_family) {
            case AF_INET:
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
                    withUnsafeBytes(of: &name.pointee.sin_addr) { IPAddress(bytes: Array($0)) }
                }
            case AF_INET6:
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { name in
                    withUnsafeBytes(of: &name.pointee.sin6_addr) { IPAddress(bytes: Array($0)) }
                }
            default: nil
            }
        }
        return address.map { Key(address: $0, port: port) }
    }

    /// Calls `body` with the name; it may be changed, its length too.
    mutating func withPointer<R>(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> R) -> R {
        var length = length
        defer { self.length = length }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    private mutating func fill<Name>(as type: Name.Type, _ body: (inout Name) -> Void) {
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: Name.self, capacity: 1) { body(&$0.pointee) }
        }
    }
}
