// Sockets opened in other network namespaces. A socket belongs to the namespace it was opened in, whoever uses it from where.
import CLinux
import Glibc

/// Opens non-blocking sockets in namespaces, for a thread whose own is `home`.
struct NamespaceSockets: Sendable {
    let home: HomeNamespace

    /// Their numbers, so that low ones are left for libraries that use select(2), which takes none above 1023.
    static let lowestNumber: Int32 = 1024

    /// A socket in the namespace pinned at `path`, or at home for nil. Throws `KernelError`.
    func open(in path: String?, family: Int32, _ type: __socket_type, protocol number: Int32 = 0) throws(KernelError) -> Descriptor {
        let result: Int32
        if let path {
            let namespace = Descriptor(try KernelError.check(berth_netns_open(path), "open \(path)"))
            result = berth_netns_socket(namespace.raw, home.descriptor.raw, family, Int32(type.rawValue), number)
        } else {
            result = berth_netns_socket(home.descriptor.raw, home.descriptor.raw, family, Int32(type.rawValue), number)
        }
        let raw = try KernelError.check(result, "open a socket in \(path ?? "the host's namespace")")
        return Descriptor(berth_descriptor_raise(raw, Self.lowestNumber))
    }
}

extension Descriptor {
    /// Throws `KernelError`.
    func bind(_ address: IPAddress, _ port: UInt16) throws(KernelError) {
        var name = SocketName(address, port)
        let result = name.withPointer { Glibc.bind(raw, $0, $1) }
        guard result == 0 else { throw KernelError(operation: "bind \(address):\(port)", code: errno) }
    }

    /// The port it is bound to; 0 for none.
    var boundPort: UInt16 {
        var name = SocketName()
        return name.withPointer { getsockname(raw, $0, &$1) } == 0 ? name.port : 0
    }

    /// Begins to connect. Throws `KernelError` when that fails at once.
    func connect(_ address: IPAddress, _ port: UInt16) throws(KernelError) {
        var name = SocketName(address, port)
        let result = name.withPointer { Glibc.connect(raw, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw KernelError(operation: "connect to \(address):\(port)", code: errno) }
    }

    var isStreamSocket: Bool { clinux_is_stream_socket(raw) == 1 }
}
