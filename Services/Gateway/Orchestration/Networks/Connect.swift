// Connect: a container joins one more network, at once if it runs, otherwise when it starts.
import Contracts
import GatewayState
import Models
import RPC
import ServiceKit

/// Puts a container on a network.
struct ConnectSequence: Sendable {
    let engine: ContainerEngine
    let live: LiveContainer
    let network: NetworkRecord
    let settings: EndpointSettings
    let context: RPCContext

    /// Returns what the client should know.
    func run() async throws -> [String] {
        var report = SettingsReport()
        NetworkCheck.check(endpoint: settings, of: network.name, &report)
        try report.throwFaults()
        try await live.gate.enter { try await connect() }
        return report.warnings
    }

    private func connect() async throws {
        let record = try engine.current(live)
        try NetworkMembership(record: record).checkJoining(network)
        guard record.state.isActive else {
            try await define(record)
            return
        }
        let isMember = record.state.sandbox?.endpoints.contains { $0.networkID == network.id } ?? false
        guard !isMember else {
            throw RPCError(.forbidden, "endpoint with name \(record.name) already exists in network \(network.name)")
        }
        try await StepSequence.run(spans: live.spans, logger: engine.logger) { try await join(record, $0) }
    }

    /// The network first: what isn't in the record when the gateway ends is taken back at its next start.
    private func join(_ record: ContainerRecord, _ sequence: StepSequence) async throws {
        let builder = SandboxRequestBuilder(record: record, resolve: engine.containerID)
        let request = ConnectEndpoint.Request(
            containerID: record.id, endpoint: builder.endpoint(network.id, settings), ports: builder.allPorts)
        let (engine, id, network) = (engine, record.id, network.id)
        let sandbox = try await sequence.step(
            "gateway.connect.network", in: .network,
            undo: { _ = try await engine.network.disconnectEndpoint(container: id, network: network, .fresh()) },
            {
                try await engine.namingPortOwners(context) {
                    try await engine.actions.time(.network, "connect") { try await engine.network.connectEndpoint(request, context) }
                }
            })
        try await sequence.step("gateway.connect.commit") {
            engine.store.update(id) { $0.sandbox = sandbox }
            try await define(record)
        }
        engine.tellNetworks("connect", record, sandbox.endpoints.filter { $0.networkID == network })
    }

    private func define(_ record: ContainerRecord) async throws {
        let (name, settings) = (NetworkMembership(record: record).key(of: network) ?? network.name, settings)
        try await engine.store.redefine(live.id) { definition in
            definition.endpoints[name] = settings
        }
    }
}

extension EndpointSettings {
    /// Clients that have asked for a network copy its ID into what they ask for: that is no wish.
    mutating func forgetNetworkID(ifOf network: NetworkRecord) {
        if networkID == network.id { networkID = "" }
    }
}

/// Which networks a container may join and leave, by its network mode. Pure.
struct NetworkMembership {
    let record: ContainerRecord

    /// Errors: as for leaving; `invalidParameter` where one of the networks is that of none.
    func checkJoining(_ network: NetworkRecord) throws(RPCError) {
        try checkLeaving(network)
        guard record.definition.endpoints["none"] == nil, network.name != "none" else {
            throw RPCError(
                .invalidParameter,
                "container cannot be connected to multiple networks with one of the networks in private (none) mode")
        }
    }

    /// Errors: `invalidParameter` for a mode that goes with no other network; conflict while it is removed.
    func checkLeaving(_ network: NetworkRecord) throws(RPCError) {
        let mode = record.hostConfig.networkMode
        if network.name == "host" {
            throw RPCError(.invalidParameter, "container cannot be disconnected from host network or connected to host network")
        }
        if mode == "host" || mode.hasPrefix("container:") {
            throw RPCError(
                .invalidParameter,
                "container sharing network namespace with another container or host cannot be connected to any other network")
        }
        try checkRemoval()
    }

    /// Errors: conflict while the container is removed.
    func checkRemoval() throws(RPCError) {
        guard record.state.phase != .removing, record.state.phase != .dead else {
            throw RPCError(.conflict, "container \(record.id) is marked for removal and cannot be connected or disconnected to the network")
        }
    }

    /// The key under which the container's definition has the network: its name, or, in earlier records, its ID or a beginning of it that
    /// is long enough to be no name's.
    func key(of network: NetworkRecord) -> String? {
        let keys = record.definition.endpoints.keys
        return keys.first { $0 == network.name } ?? keys.first { NetworkRecord.isBeginning($0, of: network.id) }
    }
}

extension NetworkRecord {
    /// As short as names are, one would now and then begin with the same letters as another network's ID.
    private static let shortestBeginning = 12

    static func isBeginning(_ key: String, of id: String) -> Bool { key.count >= shortestBeginning && id.hasPrefix(key) }
}
