// After a restart of the gateway: running containers are on the networks that their records say.
import Contracts
import GatewayState
import Logging
import RPC

extension ContainerEngine {
    /// Takes a running container off networks that its record doesn't have: a connect that wasn't recorded, or a disconnect that wasn't
    /// finished. The caller holds the gate.
    func convergeNetworks(_ record: ContainerRecord, _ sandbox: SandboxRecord) async throws {
        var current = sandbox
        for endpoint in sandbox.endpoints where !isDefined(endpoint, record) {
            logger.info("Taking a container off a network", metadata: ["container": "\(record.id)", "network": "\(endpoint.networkName)"])
            current = try await network.disconnectEndpoint(container: record.id, network: endpoint.networkID, .fresh()) ?? current
        }
        guard current != record.state.sandbox else { return }
        store.update(record.id) { $0.sandbox = current }
    }

    private func isDefined(_ endpoint: EndpointRecord, _ record: ContainerRecord) -> Bool {
        record.definition.endpoints.keys.contains { $0 == endpoint.networkName || NetworkRecord.isBeginning($0, of: endpoint.networkID) }
    }
}
