// `--add-host`: a name and an address, or the word for the host's own.
import RPC

extension HostsFile.Entry {
    /// Stands for the address by which containers reach the host.
    static let hostGateway = "host-gateway"

    /// Reads `name:address`, the address plain or, if IPv6, in brackets. Throws `invalidParameter`.
    init(extraHost text: String, gateway: IPAddress?) throws {
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "=" }), colon != text.startIndex else {
            throw RPCError(.invalidParameter, "bad format for add-host: \"\(text)\"")
        }
        let name = String(text[..<colon])
        var value = text[text.index(after: colon)...]
        if value == Self.hostGateway {
            guard let gateway else {
                throw RPCError(.invalidParameter, "unable to derive the IP value for host-gateway: there is no bridge")
            }
            self.init(address: "\(gateway)", names: name)
            return
        }
        if value.hasPrefix("["), value.hasSuffix("]") { value = value.dropFirst().dropLast() }
        guard let address = IPAddress(value), !name.contains(where: \.isWhitespace) else {
            throw RPCError(.invalidParameter, "invalid IP address in add-host: \"\(value)\"")
        }
        self.init(address: "\(address)", names: name)
    }
}
