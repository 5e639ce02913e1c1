// Whose packets a proxied port takes, judged by the kernel before a connection is even begun.
import CLinux

/// A socket filter for a port that the engine serves by itself, on an IPv6 address.
///
/// What the packet filter's table translates never gets here, so that only two kinds of packets do: those to the loopback address, which
/// can't be translated, and those for a container without IPv6.
struct ProxyAdmission: Sendable, Equatable {
    /// Takes packets to `::1` only, which are the host's own.
    var isLoopbackOnly: Bool
    var policy: PublishPolicy

    /// The instructions of classic BPF, which is given a packet at its transport header.
    var program: [berth_filter_step] {
        var accepted = test(Self.destination, equals: IPPrefix(only: Self.loopback))
        if !isLoopbackOnly {
            switch policy {
            case .any: return [Self.give(.max)]
            case .loopback: accepted += Self.fromTheHost
            case .networks(let networks):
                accepted += Self.fromTheHost
                for network in networks where network.family == .v6 { accepted += test(Self.source, equals: network) }
            }
        }
        return accepted + [Self.give(0)]
    }

    /// Replaces whatever filter the socket has. Throws `KernelError`.
    func apply(to socket: Descriptor) throws(KernelError) {
        let program = program
        try KernelError.check(berth_socket_filter(socket.raw, program, UInt16(program.count)), "filter a proxied port")
    }

    private static let loopback = IPAddress(family: .v6, value: 1)
    /// Offsets in the network header, as the kernel's filters name them.
    private static let networkHeader: Int32 = -0x100000
    private static let source = networkHeader + 8, destination = networkHeader + 24
    /// The number of the interface a packet came by; that of the loopback interface is always 1.
    private static let interface: Int32 = -0x1000 + 8

    private enum Code {
        static let loadWord: UInt16 = 0x20, and: UInt16 = 0x54, jumpIfEqual: UInt16 = 0x15, give: UInt16 = 0x06
    }

    private static var fromTheHost: [berth_filter_step] {
        [instruction(Code.loadWord, UInt32(bitPattern: interface)), instruction(Code.jumpIfEqual, 1, otherwise: 1), give(.max)]
    }

    /// Accepts a packet whose address at `offset` is in the network; otherwise goes on.
    private func test(_ offset: Int32, equals network: IPPrefix) -> [berth_filter_step] {
        let words = (0..<4).filter { $0 * 32 < network.length }
        return words.reversed().reduce([Self.give(.max)]) { rest, word in
            let bits = min(32, network.length - word * 32)
            let mask = UInt32.max << UInt32(32 - bits)
            let wanted = UInt32(truncatingIfNeeded: network.first.value >> UInt128(96 - 32 * word)) & mask
            return [
                Self.instruction(Code.loadWord, UInt32(bitPattern: offset + Int32(4 * word))), Self.instruction(Code.and, mask),
                Self.instruction(Code.jumpIfEqual, wanted, otherwise: UInt8(rest.count)),
            ] + rest
        }
    }

    private static func give(_ bytes: UInt32) -> berth_filter_step { instruction(Code.give, bytes) }

    private static func instruction(_ code: UInt16, _ operand: UInt32, otherwise: UInt8 = 0) -> berth_filter_step {
        berth_filter_step(code: code, if_true: 0, if_false: otherwise, operand: operand)
    }
}
