// The options of macvlan and ipvlan networks: Docker's keys, read once and checked.

/// How containers are connected to a link of the host.
struct ParentOptions: Sendable, Equatable {
    private static let parentKey = "parent"
    private static let macvlanMode = "macvlan_mode"
    private static let ipvlanMode = "ipvlan_mode"
    private static let ipvlanFlag = "ipvlan_flag"
    private static let mtuKey = "com.docker.network.driver.mtu"
    private static let prefixKey = "com.docker.network.container_iface_prefix"

    static let drivers: Set<String> = ["macvlan", "ipvlan"]

    /// nil for a link made for the network, which leads nowhere.
    var parent: String?
    var link: StackedLink
    /// nil for the parent's.
    var mtu: Int?
    var interfacePrefix = "eth"
    var announcements = Announcements()

    /// Adds what is wrong to `faults`, and the keys that mean nothing to `unknown`.
    init(_ options: [String: String], driver: String, faults: inout [String], unknown: inout [String]) {
        let own = driver == "macvlan" ? [Self.macvlanMode] : [Self.ipvlanMode, Self.ipvlanFlag]
        let known = Set([Self.parentKey, Self.mtuKey, Self.prefixKey] + own).union(Announcements.keys)
        unknown += options.keys.filter { !known.contains($0) }.sorted()
        var reader = OptionReader(options: options, faults: faults)
        parent = reader.interfaceName(Self.parentKey, limit: 15)
        mtu = reader.number(Self.mtuKey, in: 68...65535)
        interfacePrefix = reader.interfaceName(Self.prefixKey, limit: 12) ?? "eth"
        announcements = Announcements(&reader)
        link = driver == "macvlan" ? Self.macvlan(&reader) : Self.ipvlan(&reader)
        if parent == "lo" { reader.faults.append("loopback interface is not a valid \(driver) parent link") }
        faults = reader.faults
    }

    /// For a network that was checked when it was made.
    init(checked options: [String: String], driver: String) {
        var (faults, unknown): ([String], [String]) = ([], [])
        self.init(options, driver: driver, faults: &faults, unknown: &unknown)
    }

    private static func macvlan(_ reader: inout OptionReader) -> StackedLink {
        let modes: [String: StackedLink.MACVLANMode] = ["bridge": .bridge, "private": .privately, "vepa": .vepa, "passthru": .passthru]
        guard let text = reader.text(macvlanMode) else { return .macvlan(.bridge) }
        if modes[text] == nil {
            reader.faults.append("requested macvlan mode '\(text)' is not valid, 'bridge' mode is the macvlan driver default")
        }
        return .macvlan(modes[text] ?? .bridge)
    }

    private static func ipvlan(_ reader: inout OptionReader) -> StackedLink {
        let modes: [String: StackedLink.IPVLANMode] = ["l2": .l2, "l3": .l3, "l3s": .l3s]
        let flags: [String: StackedLink.IPVLANFlag] = ["bridge": .bridge, "private": .privately, "vepa": .vepa]
        let (mode, flag) = (reader.text(ipvlanMode) ?? "l2", reader.text(ipvlanFlag) ?? "bridge")
        if modes[mode] == nil {
            reader.faults.append("requested ipvlan mode '\(mode)' is not valid, 'l2' mode is the ipvlan driver default")
        }
        if flags[flag] == nil {
            reader.faults.append("requested ipvlan flag '\(flag)' is not valid, 'bridge' is the ipvlan driver default")
        }
        return .ipvlan(modes[mode] ?? .l2, flags[flag] ?? .bridge)
    }

    /// What the parent's name says of a VLAN: `eth0.50` is VLAN 50 of eth0. nil for other names.
    static func vlan(_ parent: String) -> (parent: String, id: UInt16)? {
        guard let dot = parent.lastIndex(of: "."), dot != parent.startIndex, let id = UInt16(parent[parent.index(after: dot)...]),
            (1...4094).contains(id)
        else { return nil }
        return (String(parent[..<dot]), id)
    }

    /// Containers send everything to the interface, without a gateway.
    var routesByDevice: Bool {
        switch link {
        case .ipvlan(.l3, _), .ipvlan(.l3s, _): true
        default: false
        }
    }

    /// Its interfaces have the parent's hardware address.
    var sharesAddress: Bool {
        if case .ipvlan = link { true } else { false }
    }

    var isExclusive: Bool { link == .macvlan(.passthru) }
}

extension NetworkRow {
    /// Of macvlan and ipvlan networks that can have containers.
    var parentOptions: ParentOptions? {
        guard hasSubnets, ParentOptions.drivers.contains(driver) else { return nil }
        return ParentOptions(checked: configuration?.options ?? [:], driver: driver)
    }

    /// Name of a macvlan or ipvlan network's parent.
    var parentName: String { parentOptions?.parent ?? "dm-\(id.prefix(12))" }

    /// What the engine made for the network in the kernel, and takes away with it; nil for nothing.
    var ownDevice: String? {
        if hasBridge { return bridgeName }
        return configuration?.madeParent == true ? parentName : nil
    }
}
