// A container's ports, made reachable by the networks it leaves through, and led elsewhere when those change.
import Contracts
import Logging
import RPC

extension NetworkService {
    /// Takes host ports, or opens the container's own, as the networks have it that the container leaves through. A container that
    /// can't leave has no published ports, as with Docker's network mode none.
    func reservePorts(_ bindings: [PortBinding], of sandbox: inout Sandbox, _ undo: inout UndoStack) throws {
        guard !bindings.isEmpty else { return }
        let exits = IPFamily.allCases.compactMap { family in
            sandbox.exit(family, networks: active).flatMap { exit in network(of: exit, in: sandbox).map { (family, exit, $0) } }
        }
        var targets: [IPAddress] = []
        // Past the host there is nothing to publish: the container is reached at its own address.
        for (family, exit, network) in exits where network.isBridge {
            switch network.options.mode(family) {
            case .nat, .unprotected:
                targets.append(exit.address)
                if settings.allowsDirectRouting {
                    open(bindings, at: exit, in: &sandbox)
                } else if !network.options.trustedInterfaces.isEmpty {
                    open(bindings, at: exit, in: &sandbox, forTrusted: true)
                }
            case .routed: open(bindings, at: exit, in: &sandbox)
            case .isolated: break
            }
        }
        guard !targets.isEmpty else { return }
        let standard = exits.first { $0.0 == .v4 }?.2.options.binding
        let owner = sandbox.row.containerID
        sandbox.publications = try ports.publish(bindings.map { Self.binding($0, standard) }, to: targets, owner: owner)
        undo.push("release ports") { self.ports.release(owner: owner) }
    }

    /// Leads published ports to where the container leaves now. Returns whether anything changed.
    @discardableResult
    func redirectPorts(of sandbox: inout Sandbox) -> Bool {
        let targets = IPFamily.allCases.compactMap { family -> IPAddress? in
            guard let exit = sandbox.exit(family, networks: active), let network = network(of: exit, in: sandbox),
                network.isBridge, network.options.mode(family) != .isolated
            else { return nil }
            return exit.address
        }
        let before = sandbox.publications
        sandbox.publications = ports.retarget(owner: sandbox.row.containerID, to: targets)
        return sandbox.publications != before
    }

    /// Brings the packet filter from one state of a sandbox to another, in one transaction. Flows that the change concerns are
    /// judged anew.
    func applyPorts(from former: Sandbox?, to next: Sandbox?) throws {
        let (before, after) = (Set(former?.publications ?? []), Set(next?.publications ?? []))
        let (closed, opened) = (Set(former?.openPorts ?? []), Set(next?.openPorts ?? []))
        openPorts = openPorts.subtracting(closed).union(opened)
        let rules = changes
        let change = [
            rules.removals(of: before.subtracting(after)), rules.removals(of: closed.subtracting(opened)),
            rules.additions(of: after.subtracting(before)), rules.additions(of: opened.subtracting(closed)),
        ]
        try applyRules(change.filter { !$0.isEmpty }.joined(separator: "\n"))
        forgetFlows(to: Array(before.subtracting(after)))
        forgetFlows(throughPortsOf: Array(after.subtracting(before)))
    }

    private func network(of exit: Sandbox.Exit, in sandbox: Sandbox) -> ActiveNetwork? {
        sandbox.endpoints.first { $0.id == exit.endpointID }.flatMap { active[$0.networkID] }
    }

    private func open(_ bindings: [PortBinding], at exit: Sandbox.Exit, in sandbox: inout Sandbox, forTrusted: Bool = false) {
        guard let position = sandbox.endpoints.firstIndex(where: { $0.id == exit.endpointID }) else { return }
        let ports = bindings.map {
            OpenPort(
                address: "\(exit.address)", transport: $0.transport, port: $0.containerPort, isForTrusted: forTrusted ? true : nil)
        }
        sandbox.endpoints[position].settings.openPorts += Set(ports).sorted {
            ($0.port, $0.transport.rawValue) < ($1.port, $1.transport.rawValue)
        }
    }

    /// A binding without an address gets the network's.
    private static func binding(_ binding: PortBinding, _ standard: IPAddress?) -> PortBinding {
        guard binding.hostAddress.isEmpty, let standard else { return binding }
        var binding = binding
        binding.hostAddress = "\(standard)"
        return binding
    }
}
