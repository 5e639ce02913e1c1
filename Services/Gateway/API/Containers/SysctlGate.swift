// Settings of a container's first interface: sysctls before 1.48, options of its endpoint since.
import Models
import RPC

enum SysctlGate {
    static let option = "com.docker.network.endpoint.sysctls"

    /// Moves `net.ipv4.conf.eth0.x` and its like to the endpoint of the container's main network. Returns what the client should know.
    /// Errors: `invalidParameter` from 1.48 on, and for interfaces of which nobody knows whose they will be.
    static func apply(_ host: inout HostConfig, _ endpoints: inout [String: EndpointSettings], _ version: APIVersion) throws -> [String] {
        let mode = host.networkMode
        guard mode != "host", mode != "none", !mode.hasPrefix("container:") else { return [] }
        var names: [String] = []
        var moved: [String] = []
        for name in host.sysctls.keys.sorted() {
            guard let interface = interface(of: name) else { continue }
            guard version < APIVersionGate.imageMounts else {
                throw RPCError(
                    .invalidParameter, "interface specific sysctl setting \"\(name)\" must be supplied using driver option '\(option)'")
            }
            guard interface == "eth0" else {
                throw RPCError(
                    .invalidParameter,
                    "unable to determine network endpoint for sysctl \(name), use driver option '\(option)' to set per-interface sysctls")
            }
            names.append(name)
            moved.append(name.replacing(".\(interface).", with: ".IFNAME.", maxReplacements: 1) + "=" + (host.sysctls[name] ?? ""))
            host.sysctls[name] = nil
        }
        guard !moved.isEmpty else { return [] }
        let key = endpoints[mode] == nil && endpoints.count == 1 ? endpoints.keys.first ?? mode : mode
        guard endpoints.isEmpty || endpoints[key] != nil else {
            throw RPCError(
                .invalidParameter,
                "unable to migrate sysctl \"\(names.joined(separator: ","))\": HostConfig.NetworkMode must match the identity of a network "
                    + "in NetworkSettings.Networks")
        }
        var endpoint = endpoints[key] ?? EndpointSettings()
        let present = endpoint.driverOpts?[option].map { [$0] } ?? []
        endpoint.driverOpts = (endpoint.driverOpts ?? [:]).merging([option: (present + moved).joined(separator: ",")]) { $1 }
        endpoints[key] = endpoint
        return ["Migrated sysctl \"\(names.joined(separator: ","))\" to DriverOpts{\"\(option)\":\"\(moved.joined(separator: ","))\"}."]
    }

    /// `eth0` of `net.ipv4.conf.eth0.forwarding`; nil for a setting of no interface.
    private static func interface(of name: String) -> String? {
        let parts = name.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "net", parts[3].hasPrefix("eth") else { return nil }
        return String(parts[3])
    }
}
