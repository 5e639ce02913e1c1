// An address and port of the internet protocols, as system calls want them.
import Glibc

public enum InternetAddress {
    case version4(sockaddr_in)
    case version6(sockaddr_in6)

    /// nil when the text isn't an address.
    public init?(_ text: String, port: UInt16) {
        var four = sockaddr_in()
        if inet_pton(AF_INET, text, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            self = .version4(four)
            return
        }
        var six = sockaddr_in6()
        guard inet_pton(AF_INET6, text, &six.sin6_addr) == 1 else { return nil }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        self = .version6(six)
    }

    public var family: Int32 {
        switch self {
        case .version4: AF_INET
        case .version6: AF_INET6
        }
    }

    /// Connects a socket. Returns 0 or a positive errno; EINPROGRESS of one that doesn't block.
    public func connect(_ socket: Int32) -> Int32 {
        switch self {
        case .version4(let address): Self.connect(socket, address)
        case .version6(let address): Self.connect(socket, address)
        }
    }

    private static func connect<Address>(_ socket: Int32, _ address: Address) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size)) == 0 ? 0 : errno
            }
        }
    }
}
