// A host and port as URLs and settings write them, and whether a range of addresses has it.
import Glibc

/// `host[:port]`, an IPv6 address in brackets.
struct RegistryHost: Sendable, Hashable, CustomStringConvertible {
    /// Without brackets.
    var name: String
    var port: Int?

    init?(_ text: some StringProtocol) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : Int(rest.dropFirst())
            if !rest.isEmpty, port == nil { return nil }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            name = String(parts[0])
            port = parts.count == 2 ? Int(parts[1]) : nil
            if parts.count == 2, port == nil { return nil }
        }
        if name.isEmpty { return nil }
    }

    var description: String {
        (name.contains(":") ? "[\(name)]" : name) + (port.map { ":\($0)" } ?? "")
    }

    /// The bytes of an address, 4 or 16; nil for a name.
    static func address(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    /// True for `localhost` and for addresses of this host's own.
    var isLoopback: Bool {
        if name == "localhost" { return true }
        guard let address = Self.address(name) else { return false }
        return address.count == 4 ? address[0] == 127 : address == [UInt8](repeating: 0, count: 15) + [1]
    }
}

/// Addresses with a common prefix, `10.0.0.0/8`.
struct AddressRange: Sendable, Equatable {
    private let base: [UInt8]
    private let length: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = RegistryHost.address(String(parts[0])), let length = Int(parts[1]),
            (0...base.count * 8).contains(length)
        else { return nil }
        self.base = base
        self.length = length
    }

    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == base.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return address[bit / 8] & mask == base[bit / 8] & mask
        }
    }
}
