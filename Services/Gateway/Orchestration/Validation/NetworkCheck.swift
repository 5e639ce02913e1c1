// Rules for ports, names, addresses and network modes.
import Models

/// Checks what a container asks of networks.
struct NetworkCheck {
    let config: ContainerConfig
    let hostConfig: HostConfig
    let endpoints: [String: EndpointSettings]

    func check(_ report: inout SettingsReport) {
        Self.check(ports: hostConfig.portBindings, &report)
        checkExtraHosts(&report)
        checkMode(&report)
        checkLinks(&report)
        for name in endpoints.keys.sorted() {
            if let endpoint = endpoints[name] { Self.check(endpoint: endpoint, of: name, &report) }
        }
    }

    static func check(ports: PortMap?, _ report: inout SettingsReport) {
        for (port, bindings) in (ports ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let specification = PortSpecification(port) else {
                report.fault("invalid port specification: \"\(port)\"")
                continue
            }
            for binding in bindings ?? [] {
                guard let range = PortSpecification.hostRange(binding.hostPort) else {
                    report.fault("invalid port specification: \"\(binding.hostPort)\"")
                    continue
                }
                let width = range.last - range.first
                if specification.first != specification.last, width != specification.last - specification.first, range.first != 0 {
                    report.fault("invalid ranges specified for container and host Ports: \(port) and \(binding.hostPort)")
                }
            }
        }
    }

    private func checkExtraHosts(_ report: inout SettingsReport) {
        for host in hostConfig.extraHosts ?? [] {
            let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                report.fault("bad format for add-host: \"\(host)\"")
                continue
            }
            report.fault(
                unless: parts[1] == "host-gateway" || IPAddress.isValid(parts[1]), "invalid IP address in add-host: \"\(parts[1])\"")
        }
        for server in hostConfig.dns ?? [] where !IPAddress.isValid(server) {
            report.fault("invalid IP address in dns: \"\(server)\"")
        }
    }

    func checkMode(_ report: inout SettingsReport) {
        let publishes = !(hostConfig.portBindings ?? [:]).isEmpty || hostConfig.publishAllPorts
        if hostConfig.networkMode == "host", publishes {
            report.warn("Published ports are discarded when using host network mode")
        }
        let sharesContainer = hostConfig.networkMode.hasPrefix("container:")
        if sharesContainer || hostConfig.networkMode == "host" {
            report.fault(unless: config.macAddress.isEmpty, Self.macConflict)
        }
        guard sharesContainer else { return }
        let conflicts = [
            (!config.hostname.isEmpty, "hostname and the network mode"),
            (publishes, "port publishing and the container type network mode"),
            (!(hostConfig.dns ?? []).isEmpty, "dns and the network mode"),
            (!(hostConfig.extraHosts ?? []).isEmpty, "custom host-to-IP mapping and the network mode"),
            (!config.exposedPorts.isEmpty, "port exposing and the container type network mode"),
        ]
        for (isConflict, words) in conflicts where isConflict { report.fault("conflicting options: \(words)") }
    }

    static let macConflict = "conflicting options: mac-address and the network mode"

    /// What is asked of an endpoint where there is none: the container has no network of its own.
    static func check(absent endpoint: EndpointSettings, mode: String, _ report: inout SettingsReport) {
        check(endpoint: endpoint, of: mode, &report)
        if mode != "none" { report.fault(unless: endpoint.macAddress.isEmpty, macConflict) }
    }

    /// Options of an endpoint that have an effect.
    private static let driverOptions: Set<String> = ["com.docker.network.endpoint.sysctls", "com.docker.network.endpoint.ifname"]

    /// Fields that inspect fills in, and clients that copy its answer send back. Compose says the addresses that are wished for twice:
    /// where they belong, and in `IPAddress` and `IPv6Gateway`.
    private static let answerFields: [(name: String, isSet: @Sendable (EndpointSettings) -> Bool)] = [
        ("NetworkID", { !$0.networkID.isEmpty }), ("EndpointID", { !$0.endpointID.isEmpty }), ("Gateway", { !$0.gateway.isEmpty }),
        ("IPAddress", { !["", $0.ipamConfig?.ipv4Address].contains($0.ipAddress) }), ("IPPrefixLen", { $0.ipPrefixLen != 0 }),
        ("IPv6Gateway", { !["", $0.ipamConfig?.ipv6Address].contains($0.ipv6Gateway) }),
        ("GlobalIPv6Address", { !["", $0.ipamConfig?.ipv6Address].contains($0.globalIPv6Address) }),
        ("GlobalIPv6PrefixLen", { $0.globalIPv6PrefixLen != 0 }),
        ("DNSNames", { !($0.dnsNames ?? []).isEmpty }),
    ]

    /// What one endpoint asks for; `name` is the network's.
    static func check(endpoint: EndpointSettings, of name: String, _ report: inout SettingsReport) {
        let isPredefined = ["bridge", "default", "host", "none"].contains(name) || name.hasPrefix("container:")
        if isPredefined, !(endpoint.aliases ?? []).isEmpty || !(endpoint.links ?? []).isEmpty {
            report.fault("network-scoped alias is supported only for containers in user defined networks")
        }
        for option in (endpoint.driverOpts ?? [:]).keys.sorted() where !driverOptions.contains(option) {
            report.warn("DriverOpts \(option) of network \(name) is not supported by this engine. Value discarded.")
        }
        for field in answerFields where field.isSet(endpoint) {
            report.warn("\(field.name) of network \(name) is told in answers and can't be asked for. Value discarded.")
        }
        guard let addresses = endpoint.ipamConfig else { return }
        if isPredefined, !addresses.ipv4Address.isEmpty || !addresses.ipv6Address.isEmpty {
            report.fault("user specified IP address is supported on user defined networks only")
        }
        for address in [addresses.ipv4Address, addresses.ipv6Address] where !address.isEmpty && !IPAddress.isValid(address) {
            report.fault("invalid endpoint settings of network \(name): invalid IP address: \(address)")
        }
        for address in addresses.linkLocalIPs where !IPAddress.isValid(address) {
            report.fault("invalid endpoint settings of network \(name): invalid link-local IP address: \(address)")
        }
    }
}
