// Names of reverse lookups: addresses written backwards below in-addr.arpa and ip6.arpa.

enum ReverseName {
    /// nil for a name that isn't the whole of an address.
    static func address(_ name: DNSName) -> IPAddress? {
        let labels = name.folded.labels.map { String(decoding: $0, as: UTF8.self) }
        guard labels.last == "arpa" else { return nil }
        let digits = labels.dropLast(2).reversed()
        switch (labels.dropLast().last, digits.count) {
        case ("in-addr", 4):
            let bytes = digits.compactMap { decimal($0) }
            return bytes.count == 4 ? IPAddress(bytes: bytes) : nil
        case ("ip6", 32):
            let halves = digits.compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
            guard halves.count == 32 else { return nil }
            return IPAddress(bytes: stride(from: 0, to: 32, by: 2).map { halves[$0] << 4 | halves[$0 + 1] })
        default:
            return nil
        }
    }

    static func name(of address: IPAddress) -> DNSName? {
        switch address.family {
        case .v4: DNSName(address.bytes.reversed().map(String.init).joined(separator: ".") + ".in-addr.arpa")
        case .v6:
            DNSName(
                address.bytes.reversed().map { "\(String($0 & 0xf, radix: 16)).\(String($0 >> 4, radix: 16))" }
                    .joined(separator: ".") + ".ip6.arpa")
        }
    }

    /// `007` and `+7` are other names.
    private static func decimal(_ text: String) -> UInt8? {
        UInt8(text).flatMap { String($0) == text ? $0 : nil }
    }
}
