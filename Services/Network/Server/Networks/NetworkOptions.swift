// The options of a network: Docker's keys, read once and checked.
import Contracts
import RPC

/// How a bridge lets its containers be reached from outside.
enum GatewayMode: String, Sendable, Equatable {
    /// By published ports only, through address translation.
    case nat
    /// As `nat`, and by every port of the containers' own addresses.
    case unprotected = "nat-unprotected"
    /// By published ports, at the containers' own addresses.
    case routed
    /// Not at all, and without an address of the host's on the bridge.
    case isolated
}

/// What the options of a bridge, macvlan or ipvlan network say.
struct NetworkOptions: Sendable, Equatable {
    static let bridgeNameKey = "com.docker.network.bridge.name"
    private static let icc = "com.docker.network.bridge.enable_icc"
    private static let masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    private static let binding = "com.docker.network.bridge.host_binding_ipv4"
    private static let inhibition = "com.docker.network.bridge.inhibit_ipv4"
    private static let modeV4 = "com.docker.network.bridge.gateway_mode_ipv4"
    private static let modeV6 = "com.docker.network.bridge.gateway_mode_ipv6"
    private static let mtuKey = "com.docker.network.driver.mtu"
    private static let sourceV4 = "com.docker.network.host_ipv4"
    private static let sourceV6 = "com.docker.network.host_ipv6"
    private static let prefix = "com.docker.network.container_iface_prefix"
    private static let trusted = "com.docker.network.bridge.trusted_host_interfaces"
    /// The gateway has them turned into fields of the request.
    private static let (ipv4, ipv6) = ("com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6")
    private static let bridgeKeys = Set([
        bridgeNameKey, ipv4, ipv6, icc, masquerade, binding, inhibition, modeV4, modeV6, mtuKey, sourceV4, sourceV6, prefix, trusted,
    ]).union(Announcements.keys)

    /// nil to have one made up.
    var bridgeName: String?
    var connectsContainers = true
    var masquerades = true
    /// Where ports are published that name no address; nil for everywhere.
    var binding: IPAddress?
    /// The bridge gets no IPv4 address, although containers have the gateway for their way out.
    var inhibitsIPv4 = false
    var isInternal = false
    var modes: [IPFamily: GatewayMode] = [:]
    /// nil for the engine's.
    var mtu: Int?
    /// What containers' packets to the outside get as their source instead of whatever the host would choose.
    var sources: [IPFamily: IPAddress] = [:]
    var interfacePrefix = "eth"
    /// Interfaces of the host, from behind which published ports are reached at the containers' own addresses, too.
    var trustedInterfaces: [String] = []
    var announcements = Announcements()

    init() {}

    /// Adds what is wrong to `faults`, and the keys that mean nothing to `unknown`.
    init(_ options: [String: String], isInternal: Bool, faults: inout [String], unknown: inout [String]) {
        self.isInternal = isInternal
        unknown += options.keys.filter { !Self.bridgeKeys.contains($0) }.sorted()
        var reader = OptionReader(options: options, faults: faults)
        bridgeName = reader.text(Self.bridgeNameKey)
        connectsContainers = reader.flag(Self.icc) ?? true
        masquerades = reader.flag(Self.masquerade) ?? true
        binding = reader.address(Self.binding, .v4)
        inhibitsIPv4 = reader.flag(Self.inhibition) ?? false
        mtu = reader.number(Self.mtuKey, in: 68...65535)
        for (family, key) in [(IPFamily.v4, Self.modeV4), (.v6, Self.modeV6)] {
            guard let text = reader.text(key) else { continue }
            modes[family] = GatewayMode(rawValue: text)
            if modes[family] == nil { reader.faults.append("invalid gateway mode for \(key): \"\(text)\"") }
            if modes[family] == .isolated, !isInternal {
                reader.faults.append("gateway mode 'isolated' can only be used for an internal network")
            }
        }
        sources[.v4] = reader.address(Self.sourceV4, .v4)
        sources[.v6] = reader.address(Self.sourceV6, .v6)
        interfacePrefix = reader.interfaceName(Self.prefix, limit: 12) ?? "eth"
        _ = reader.interfaceName(Self.bridgeNameKey, limit: 15)
        trustedInterfaces = reader.interfaceNames(Self.trusted, limit: 15)
        announcements = Announcements(&reader)
        faults = reader.faults
    }

    /// For a network that was checked when it was made.
    init(checked options: [String: String], isInternal: Bool) {
        var (faults, unknown): ([String], [String]) = ([], [])
        self.init(options, isInternal: isInternal, faults: &faults, unknown: &unknown)
    }

    func mode(_ family: IPFamily) -> GatewayMode { modes[family] ?? .nat }

    /// Whether an address is set aside that containers have as their way out. Where the bridge has none, and there is no way out, nobody
    /// would use it.
    func hasGateway(_ family: IPFamily) -> Bool {
        mode(family) != .isolated && !(family == .v4 && inhibitsIPv4 && isInternal)
    }
}

/// Reads options one by one and gathers what is wrong with them.
struct OptionReader {
    let options: [String: String]
    var faults: [String]

    /// nil when it isn't there or empty.
    func text(_ key: String) -> String? {
        options[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text.lowercased() {
        case "1", "t", "true": return true
        case "0", "f", "false": return false
        default:
            faults.append("failed to parse \(key) value: \"\(text)\" is neither true nor false")
            return nil
        }
    }

    mutating func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(key) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            faults.append("failed to parse \(key) value: \"\(text)\" is no number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func address(_ key: String, _ family: IPFamily) -> IPAddress? {
        guard let text = text(key) else { return nil }
        guard let address = IPAddress(text), address.family == family else {
            faults.append("failed to parse \(key) value: \"\(text)\" is no IPv\(family.rawValue) address")
            return nil
        }
        return address
    }

    /// Separated by colons.
    mutating func interfaceNames(_ key: String, limit: Int) -> [String] {
        guard let text = text(key) else { return [] }
        return text.split(separator: ":", omittingEmptySubsequences: false).compactMap {
            checkedName(String($0), key, limit: limit)
        }
    }

    mutating func interfaceName(_ key: String, limit: Int) -> String? {
        text(key).flatMap { checkedName($0, key, limit: limit) }
    }

    /// Letters, digits and a few signs: it becomes part of an nftables script.
    private mutating func checkedName(_ text: String, _ key: String, limit: Int) -> String? {
        let isName =
            !text.isEmpty && text.utf8.count <= limit && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || [0x2d, 0x2e, 0x5f].contains(byte)
            }
        guard isName else {
            faults.append("failed to parse \(key) value: \"\(text)\" is no interface name of at most \(limit) bytes")
            return nil
        }
        return text
    }
}
