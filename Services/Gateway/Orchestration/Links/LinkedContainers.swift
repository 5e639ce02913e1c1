// What a container gets of those that it is linked to on the default network: names in its hosts file, and variables.
import Contracts
import GatewayState
import Models
import RPC

/// The links of a container, as they are when it starts. Pure.
struct LinkedContainers: Sendable {
    private struct Linked: Sendable {
        let record: ContainerRecord
        let alias: String
        let address: String
    }

    private let parent: ContainerRecord
    private let children: [Linked]

    /// `find` gives containers by ID; links to those that are gone count no longer. Errors: conflict for one that
    /// doesn't run or isn't on the default network; lenient, those are left out.
    init(of parent: ContainerRecord, isLenient: Bool = false, find: (String) -> ContainerRecord?) throws(RPCError) {
        self.parent = parent
        var children: [Linked] = []
        for text in parent.hostConfig.links ?? [] {
            let link = try LinkText(text)
            guard let child = find(link.container) else { continue }
            guard child.state.isActive else {
                if isLenient { continue }
                throw RPCError(
                    .conflict, "Cannot link to a non running container: /\(child.name) AS /\(parent.name)/\(link.alias)")
            }
            guard let endpoint = child.state.sandbox?.endpoints.first(where: { $0.networkName == Self.network }) else {
                if isLenient { continue }
                throw RPCError(.conflict, "Cannot link to /\(child.name), as it does not belong to the default network")
            }
            children.append(Linked(record: child, alias: link.alias, address: endpoint.ipv4Address))
        }
        self.children = children
    }

    private static let network = "bridge"

    /// The lines of the hosts file: alias, hostname, name.
    var hosts: [SandboxLink] {
        children.map { child in
            let own = child.alias == child.record.name ? [] : [child.record.name]
            let names = [child.alias, child.record.config.hostname] + own
            let ports = Self.ports(of: child.record).map { LinkedPort(transport: $0.transport, port: $0.port) }
            return SandboxLink(containerID: child.record.id, names: names.joined(separator: " "), ports: ports)
        }
    }

    /// `DB_PORT_5432_TCP_ADDR` and its like, and the variables of the other container itself.
    var environment: [String] { children.flatMap(environment) }

    private func environment(of child: Linked) -> [String] {
        let prefix = child.alias.replacing("-", with: "_").uppercased()
        let ports = Self.ports(of: child.record).map { ($0.port, $0.transport.rawValue) }
        var variables = ports.first.map { ["\(prefix)_PORT=\($0.1)://\(child.address):\($0.0)"] } ?? []
        for (port, transport) in ports {
            let name = "\(prefix)_PORT_\(port)_\(transport.uppercased())"
            variables += [
                "\(name)=\(transport)://\(child.address):\(port)", "\(name)_ADDR=\(child.address)", "\(name)_PORT=\(port)",
                "\(name)_PROTO=\(transport)",
            ]
        }
        variables.append("\(prefix)_NAME=/\(parent.name)/\(child.alias)")
        return variables
            + (child.record.config.env ?? []).compactMap { entry in
                let name = EnvironmentList.name(entry)
                guard entry.contains("="), name != "HOME", name != "PATH" else { return nil }
                return "\(prefix)_ENV_\(entry)"
            }
    }

    /// Those that it exposes, TCP's first.
    private static func ports(of child: ContainerRecord) -> [(port: UInt16, transport: PortBinding.Transport)] {
        child.config.exposedPorts.keys.flatMap { text -> [(port: UInt16, transport: PortBinding.Transport)] in
            guard let specification = PortSpecification(text) else { return [] }
            return specification.ports.map { ($0, specification.transport) }
        }.sorted { ($0.transport == .tcp ? 0 : 1, $0.port) < ($1.transport == .tcp ? 0 : 1, $1.port) }
    }

    /// What others call each container, by its ID, as lists show it: `/web/alias`.
    static func aliases(in records: [ContainerRecord]) -> [String: [String]] {
        var aliases: [String: [String]] = [:]
        let parents = records.filter { $0.hostConfig.links?.isEmpty == false }
        for parent in parents.sorted(by: { $0.name < $1.name }) {
            for text in parent.hostConfig.links ?? [] {
                guard let link = try? LinkText(text) else { continue }
                aliases[link.container, default: []].append("/\(parent.name)/\(link.alias)")
            }
        }
        return aliases
    }

    /// As inspect shows them: `/db:/web/alias`.
    static func shown(of parent: ContainerRecord, find: (String) -> ContainerRecord?) -> [String]? {
        let shown = (parent.hostConfig.links ?? []).compactMap { text -> String? in
            guard let link = try? LinkText(text), let child = find(link.container) else { return nil }
            return "/\(child.name):/\(parent.name)/\(link.alias)"
        }
        return shown.isEmpty ? nil : shown
    }
}
