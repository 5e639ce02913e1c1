// An IPv4 or IPv6 address as a number, so that arithmetic is the same for both families.
import Glibc

/// The two versions of the Internet Protocol.
enum IPFamily: UInt8, Sendable, Hashable, CaseIterable {
    case v4 = 4
    case v6 = 6

    /// Bits of an address: 32 or 128.
    var width: Int { self == .v4 ? 32 : 128 }
    /// `AF_INET` or `AF_INET6`.
    var domain: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}

/// An address of either family, without a zone.
struct IPAddress: Sendable, Hashable {
    let family: IPFamily
    /// In host order; an IPv4 address takes the lowest 32 bits.
    let value: UInt128

    init(family: IPFamily, value: UInt128) {
        self.family = family
        self.value = value
    }

    /// From bytes in network order; nil unless there are 4 or 16.
    init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: family = .v4
        case 16: family = .v6
        default: return nil
        }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// Reads dotted decimal or RFC 4291 text; nil for anything else.
    init?(_ text: some StringProtocol) {
        let string = String(text)
        let family: IPFamily = string.contains(":") ? .v6 : .v4
        var bytes = [UInt8](repeating: 0, count: family.width / 8)
        guard inet_pton(family.domain, string, &bytes) == 1 else { return nil }
        self.init(bytes: bytes)
    }

    /// In network order.
    var bytes: [UInt8] {
        stride(from: family.width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt128($0)) }
    }

    /// The address that means every address of the host.
    var isUnspecified: Bool { value == 0 }

    var isLoopback: Bool {
        switch family {
        case .v4: value >> 24 == 127
        case .v6: value == 1
        }
    }

    static let anyIPv4 = IPAddress(family: .v4, value: 0)
}

extension IPAddress: CustomStringConvertible {
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family.domain, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension IPAddress: Comparable {
    static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.value) < (right.family.rawValue, right.value)
    }
}
