// `--add-host`: a name and an address, or the word for the host's own addresses.
import RPC

extension HostsFile.Entry {
    /// Stands for the addresses by which containers reach the host.
    static let hostGateway = "host-gateway"

    /// Reads `name:address`, the address plain or, if IPv6, in brackets. Throws `invalidParameter`.
    /// For the word that stands for the host's addresses there is an entry for each of `gateways`.
    static func entries(ofExtraHost text: String, gateways: [IPAddress]) throws -> [HostsFile.Entry] {
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "=" }), colon != text.startIndex else {
            throw RPCError(.invalidParameter, "bad format for add-host: \"\(text)\"")
        }
        let name = String(text[..<colon])
        var value = text[text.index(after: colon)...]
        if value == Self.hostGateway {
            guard !gateways.isEmpty else {
                throw RPCError(.invalidParameter, "unable to derive the IP value for host-gateway: there is no bridge")
            }
            return gateways.map { HostsFile.Entry(address: "\($0)", names: name) }
        }
        if value.hasPrefix("["), value.hasSuffix("]") { value = value.dropFirst().dropLast() }
        guard let address = IPAddress(value), !name.contains(where: \.isWhitespace) else {
            throw RPCError(.invalidParameter, "invalid IP address in add-host: \"\(value)\"")
        }
        return [HostsFile.Entry(address: "\(address)", names: name)]
    }
}
