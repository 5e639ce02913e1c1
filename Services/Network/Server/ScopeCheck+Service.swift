// Whose containers and networks calls with a scope may touch.
import Contracts
import RPC

extension NetworkService {
    /// What isn't there is nobody's: what is asked of it says so itself. Errors: forbidden.
    func check(_ scope: CallScope, container id: String) throws(RPCError) {
        guard !scope.labels.isEmpty, let sandbox = sandboxes[id] else { return }
        try scope.check(labels: sandbox.row.labels, of: "container \(id)")
    }

    /// By name or ID. Those that are always there are everybody's. Errors: forbidden.
    func check(_ scope: CallScope, network reference: String) throws(RPCError) {
        guard !scope.labels.isEmpty, !reference.isEmpty else { return }
        let exact = networks.filter { $0.name == reference || $0.id == reference }
        for network in exact.isEmpty ? networks.filter({ $0.id.hasPrefix(reference) }) : exact {
            guard let configuration = network.configuration else { continue }
            try scope.check(labels: configuration.labels, of: "network \(network.name)")
        }
    }
}
