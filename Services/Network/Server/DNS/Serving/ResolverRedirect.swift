// How a container's queries for 127.0.0.11:53 get to the resolver's sockets.
import Glibc

/// Rules in the container's own namespace that lead port 53 of the resolver's address to the ports its sockets have.
///
/// The sockets don't have port 53 themselves, because a name server in the container that listens on every address couldn't
/// then; and what a process of the container binds there gets no queries, because translation comes first.
enum ResolverRedirect {
    static let table = "berth-resolver"

    /// Puts the rules into the namespace, instead of what is there by that name. Throws `KernelError`.
    ///
    /// In most namespaces there is nothing yet. Where something is deleted, the kernel has the socket's end wait until no packet can be on
    /// its way through it, which takes longer than the rest of a start.
    static func install(_ sockets: NamespaceSockets, in path: String, udp: UInt16, tcp: UInt16) throws(KernelError) {
        let netlink = try sockets.open(in: path, family: AF_NETLINK, SOCK_RAW, protocol: netfilter)
        do {
            try run(batch(udp: udp, tcp: tcp, replaces: false), netlink)
        } catch {
            guard error.code == EEXIST else { throw error }
            let other = try sockets.open(in: path, family: AF_NETLINK, SOCK_RAW, protocol: netfilter)
            try run(batch(udp: udp, tcp: tcp, replaces: true), other)
        }
    }

    private static func run(_ batch: NetfilterBatch, _ netlink: Descriptor) throws(KernelError) {
        guard send(netlink.raw, batch.bytes, batch.bytes.count, 0) == batch.bytes.count else {
            throw KernelError(operation: "send rules for the resolver", code: errno)
        }
        try awaitAcknowledgements(netlink, batch.count)
    }

    private static let netfilter: Int32 = 12

    /// With `replaces`, whatever there is goes; otherwise there must be nothing.
    static func batch(udp: UInt16, tcp: UInt16, replaces: Bool) -> NetfilterBatch {
        var batch = NetfilterBatch()
        let name = NetfilterBatch.text(1, table)
        if replaces {
            batch.add(.newTable, [name])
            batch.add(.deleteTable, [name])
        }
        batch.add(.newTable, [name], isNew: true)
        let hook = NetfilterBatch.nest(4, [NetfilterBatch.number(1, localOutput), NetfilterBatch.number(2, UInt32(bitPattern: -100))])
        batch.add(.newChain, [name, NetfilterBatch.text(3, chain), hook, NetfilterBatch.text(7, "nat")])
        for (transport, port) in [(UInt8(IPPROTO_UDP), udp), (UInt8(IPPROTO_TCP), tcp)] {
            batch.add(.newRule, [name, NetfilterBatch.text(2, chain), NetfilterBatch.nest(4, expressions(transport, port))])
        }
        batch.commit()
        return batch
    }

    private static let chain = "output"
    private static let localOutput: UInt32 = 3

    /// `ip daddr 127.0.0.11 meta l4proto <transport> th dport 53 dnat to 127.0.0.11:<port>`
    private static func expressions(_ transport: UInt8, _ port: UInt16) -> [[UInt8]] {
        let address = ResolverClient.address.bytes
        return [
            payload(base: 1, offset: 16, length: 4), equal(address),
            NetfilterBatch.expression("meta", [NetfilterBatch.number(1, 1), NetfilterBatch.number(2, 16)]), equal([transport]),
            payload(base: 2, offset: 2, length: 2), equal([0, 53]),
            immediate(register: 1, address), immediate(register: 2, [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]),
            NetfilterBatch.expression(
                "nat",
                [
                    NetfilterBatch.number(1, 1), NetfilterBatch.number(2, 2), NetfilterBatch.number(3, 1), NetfilterBatch.number(5, 2),
                ]),
        ]
    }

    private static func payload(base: UInt32, offset: UInt32, length: UInt32) -> [UInt8] {
        NetfilterBatch.expression(
            "payload",
            [
                NetfilterBatch.number(1, 1), NetfilterBatch.number(2, base), NetfilterBatch.number(3, offset),
                NetfilterBatch.number(4, length),
            ])
    }

    private static func equal(_ value: [UInt8]) -> [UInt8] {
        NetfilterBatch.expression("cmp", [NetfilterBatch.number(1, 1), NetfilterBatch.number(2, 0), NetfilterBatch.data(3, value)])
    }

    private static func immediate(register: UInt32, _ value: [UInt8]) -> [UInt8] {
        NetfilterBatch.expression("immediate", [NetfilterBatch.number(1, register), NetfilterBatch.data(2, value)])
    }

    /// The kernel has answered by the time `send` returns.
    private static func awaitAcknowledgements(_ netlink: Descriptor, _ count: Int) throws(KernelError) {
        var buffer = [UInt8](repeating: 0, count: 8192)
        var left = count
        while left > 0 {
            let length = recv(netlink.raw, &buffer, buffer.count, 0)
            guard length > 0 else { throw KernelError(operation: "receive answers about rules for the resolver", code: errno) }
            var position = 0
            while position + 20 <= length {
                let (size, code) = buffer.withUnsafeBytes { bytes in
                    (
                        bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self),
                        bytes.loadUnaligned(fromByteOffset: position + 16, as: Int32.self)
                    )
                }
                try KernelError.check(code, "add rules for the resolver")
                left -= 1
                position += max(20, (Int(size) + 3) & ~3)
            }
        }
    }
}
