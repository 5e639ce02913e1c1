// A netlink socket on which the kernel tells about changes.
import Glibc

/// Hears the notices of some groups, in the network namespace that is its owner's home.
struct NoticeSocket: Sendable {
    let descriptor: Descriptor

    /// `groups` has a bit for each. Throws `KernelError`.
    init(home: HomeNamespace, protocol number: Int32, groups: UInt32) throws(KernelError) {
        descriptor = try NamespaceSockets(home: home).open(in: nil, family: AF_NETLINK, SOCK_RAW, protocol: number)
        var room: Int32 = 1 << 20
        setsockopt(descriptor.raw, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        // A `sockaddr_nl`: the family, an address that the kernel chooses, and the groups. An unbound socket hears nothing.
        let name = [UInt32(AF_NETLINK), 0, groups]
        let bound = name.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor.raw, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard bound == 0 else { throw KernelError(operation: "listen to notices of the kernel", code: errno) }
    }

    /// Calls `body` with all that there is. Returns false when the kernel had more than there was room for, and dropped some.
    func receive(_ buffer: inout [UInt8], _ body: ([UInt8]) -> Void) -> Bool {
        var isComplete = true
        while true {
            let count = recv(descriptor.raw, &buffer, buffer.count, 0)
            if count < 0, errno == ENOBUFS {
                isComplete = false
                continue
            }
            guard count > 0 else { return isComplete }
            body(Array(buffer[..<count]))
        }
    }
}
