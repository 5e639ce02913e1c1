// Compares what is remembered with what the kernel shows.

/// What there is of sandboxes when the service starts, and what follows from it.
struct Inventory: Sendable {
    /// All that are remembered.
    var sandboxes: [Sandbox]
    /// Names of the files that namespaces are bound to, whether one still is or not.
    var pins: Set<String>
    /// Those of them that a namespace is bound to.
    var namespaces: Set<String>
    /// Names of the ports of the engine's bridges, with those that are to be plugged in again.
    var bridgePorts: Set<String>
    /// Those of them that an engine made. The others are the host's, as those of containers that it puts there by itself.
    var markedPorts: Set<String>
    /// Those of them whose bridge was deleted while no service was there.
    var loosePorts: Set<String> = []
    /// IDs of endpoints without an end at the host whose interface is gone.
    var lost: Set<String> = []

    /// Those whose namespace is there: they are left as they are, but for interfaces that are gone.
    var live: [Sandbox] {
        let own = sandboxes.filter { $0.row.mode == .own && $0.row.namespace.map(namespaces.contains) ?? false }.map(trimmed)
        let hosts = sandboxes.filter { $0.row.mode == .host }
        let shared = Set(own.compactMap(\.row.namespace))
        let hostIDs = Set(hosts.map(\.row.containerID))
        let joined = sandboxes.filter { sandbox in
            guard sandbox.row.mode == .container else { return false }
            return sandbox.row.namespace.map(shared.contains) ?? hostIDs.contains(sandbox.row.filesOwner)
        }
        return own + hosts + joined
    }

    /// Those to be forgotten.
    var dead: [Sandbox] {
        let alive = Set(live.map(\.row.containerID))
        return sandboxes.filter { !alive.contains($0.row.containerID) }
    }

    /// Files that are no live sandbox's: of dead ones, and of namespaces that were in stock.
    var strayPins: [String] { pins.subtracting(live.compactMap(\.row.namespace)).sorted() }

    var strayPorts: [String] { markedPorts.subtracting(live.flatMap(\.endpoints).map(\.hostInterface)).sorted() }

    /// Live sandboxes that had more before, as they were then and as they are.
    var losses: [(former: Sandbox, sandbox: Sandbox)] {
        live.compactMap { sandbox in
            let former = sandboxes.first { $0.row.containerID == sandbox.row.containerID }
            return former.flatMap { $0 == sandbox ? nil : ($0, sandbox) }
        }
    }

    /// Without endpoints whose cable is gone, as when the service ended while it took one away.
    private func trimmed(_ sandbox: Sandbox) -> Sandbox {
        var sandbox = sandbox
        let gone = sandbox.endpoints.filter { endpoint in
            endpoint.hostInterface.isEmpty ? lost.contains(endpoint.id) : !bridgePorts.contains(endpoint.hostInterface)
        }
        guard !gone.isEmpty else { return sandbox }
        sandbox.endpoints.removeAll { endpoint in gone.contains { $0.id == endpoint.id } }
        return sandbox
    }
}
