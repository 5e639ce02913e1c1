// Holds a host port, so that no other program of the host can take what the packet filter redirects.
import CLinux
import Contracts
import Glibc

/// A socket that has the port and receives nothing, unless the proxy serves it. Frees it when the last reference goes.
final class PortReservation: Sendable {
    /// nil where the kernel has no SCTP: then no program of the host can have the port either.
    let socket: Descriptor?

    /// Of a socket that has held the port before.
    init(_ socket: Descriptor) {
        self.socket = socket
    }

    /// Throws `KernelError`: EADDRINUSE when another program has the port, EADDRNOTAVAIL when the address isn't the host's.
    init(_ transport: PortBinding.Transport, _ address: IPAddress, _ port: UInt16) throws(KernelError) {
        let bytes = address.bytes
        let result = berth_port_hold(bytes, Int32(bytes.count), port, transport.number)
        if transport == .sctp, [-EPROTONOSUPPORT, -ESOCKTNOSUPPORT].contains(result) {
            socket = nil
            return
        }
        socket = Descriptor(try KernelError.check(result, "bind \(address):\(port)"))
    }
}

extension PortBinding.Transport {
    /// As IP headers have it.
    fileprivate var number: Int32 {
        switch self {
        case .tcp: Int32(IPPROTO_TCP)
        case .udp: Int32(IPPROTO_UDP)
        case .sctp: Int32(IPPROTO_SCTP)
        }
    }
}
