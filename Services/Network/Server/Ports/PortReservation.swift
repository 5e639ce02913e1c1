// Holds a host port, so that no other program of the host can take what the packet filter redirects.
import CLinux
import Contracts
import Glibc

/// A socket that has the port and receives nothing. Frees it when the last reference goes.
final class PortReservation: Sendable {
    private let socket: Descriptor

    /// Throws `KernelError`: EADDRINUSE when another program has the port, EADDRNOTAVAIL when the address isn't the host's.
    init(_ transport: PortBinding.Transport, _ address: IPAddress, _ port: UInt16) throws(KernelError) {
        let bytes = address.bytes
        let result = berth_port_hold(bytes, Int32(bytes.count), port, transport == .tcp ? 1 : 0)
        socket = Descriptor(try KernelError.check(result, "bind \(address):\(port)"))
    }
}
