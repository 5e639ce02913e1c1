// Who is on which network, by which names and addresses.

/// A container on a network, as its neighbours' lookups see it.
struct NetworkMember: Sendable, Equatable {
    var containerID: String
    /// The first is what a reverse lookup gives: name, aliases, short ID, hostname.
    var names: [String]
    var addresses: [IPAddress]
}

/// The names of every user-defined network.
struct NameDirectory: Sendable {
    private struct Network: Sendable {
        var name: String
        var members: [String: NetworkMember] = [:]
        /// Containers by name in lower case.
        var owners: [String: [String]] = [:]
        var pointers: [IPAddress: String] = [:]
    }

    private var networks: [String: Network] = [:]

    /// Adds a member, or replaces what is known of it.
    mutating func join(network id: String, named name: String, _ member: NetworkMember) {
        leave(network: id, container: member.containerID)
        var network = networks.removeValue(forKey: id) ?? Network(name: name)
        network.name = name
        network.members[member.containerID] = member
        for name in Set(member.names.map { $0.lowercased() }) { network.owners[name, default: []].append(member.containerID) }
        for address in member.addresses { network.pointers[address] = member.names.first }
        networks[id] = network
    }

    mutating func leave(network id: String, container: String) {
        guard var network = networks.removeValue(forKey: id) else { return }
        if let member = network.members.removeValue(forKey: container) {
            for name in Set(member.names.map { $0.lowercased() }) {
                network.owners[name]?.removeAll { $0 == container }
                if network.owners[name]?.isEmpty ?? false { network.owners[name] = nil }
            }
            for address in member.addresses { network.pointers[address] = nil }
        }
        if !network.members.isEmpty { networks[id] = network }
    }

    func name(ofNetwork id: String) -> String? { networks[id]?.name }

    /// The addresses of both families of all that have the name; nil when nobody has it. `name` is in lower case.
    func addresses(of name: String, inNetwork id: String) -> [IPAddress]? {
        guard let network = networks[id], let owners = network.owners[name] else { return nil }
        return owners.compactMap { network.members[$0] }.flatMap(\.addresses)
    }

    /// A member's own; nil when the container isn't on the network.
    func addresses(ofContainer container: String, inNetwork id: String) -> [IPAddress]? {
        networks[id]?.members[container]?.addresses
    }

    /// The first name of the one who has the address, with the network's name after it.
    func pointer(to address: IPAddress, inNetwork id: String) -> String? {
        guard let network = networks[id], let name = network.pointers[address] else { return nil }
        return "\(name).\(network.name)"
    }
}
