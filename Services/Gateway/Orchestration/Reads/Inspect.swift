// Inspect: a container in full, from its record alone.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    static let storageDriver = "overlay2"
    static let defaultRuntime = "berth"

    /// Only the sizes, when they are asked for, need another service.
    func inspect(_ record: ContainerRecord, size: Bool, _ context: RPCContext) async throws -> ContainerInspect {
        var answer = ContainerView(record: record).inspect
        answer.hostConfig.links = LinkedContainers.shown(of: record) { store[$0] }
        let running = execs.unfinished(in: record.id)
        answer.execIDs = running.isEmpty ? nil : running
        guard size, let measured = try await self.size(of: record.id, context) else { return answer }
        answer.sizeRw = measured.writable
        answer.sizeRootFs = measured.writable.addingClamped(measured.image)
        return answer
    }
}

/// How a container looks to clients. Pure.
struct ContainerView {
    let record: ContainerRecord
    /// The name that it was made by means another image now, or none.
    var hasLostName = false

    var inspect: ContainerInspect {
        let definition = record.definition
        var answer = ContainerInspect(
            id: record.id, created: EngineTime(nanoseconds: definition.createdAt), state: state, hostConfig: record.hostConfig,
            config: record.config, networkSettings: NetworkView(record: record).settings)
        answer.config.macAddress = definition.endpoints[definition.mainNetworkName]?.macAddress ?? ""
        answer.path = definition.path
        answer.args = definition.arguments
        answer.image = definition.imageID
        answer.name = "/\(record.name)"
        answer.restartCount = record.state.restartCount
        answer.driver = ContainerEngine.storageDriver
        answer.platform = definition.platform
        answer.logPath = record.hostConfig.logConfig.type == "json-file" ? definition.logPath : ""
        answer.resolvConfPath = record.state.sandbox?.resolvConfPath ?? ""
        answer.hostnamePath = record.state.sandbox?.hostnamePath ?? ""
        answer.hostsPath = record.state.sandbox?.hostsPath ?? ""
        answer.mounts = definition.mounts
        answer.idMappings = definition.idMap.map { IDMappings(users: $0.users.map(\.text), groups: $0.groups.map(\.text)) }
        answer.graphDriver = graphDriver
        return answer
    }

    private var state: Models.ContainerState {
        let state = record.state
        return Models.ContainerState(
            status: status, running: state.isActive, paused: state.isPaused, restarting: state.isRestarting, oomKilled: state.outOfMemory,
            dead: state.phase == .dead, pid: Int(state.process?.pid ?? 0), exitCode: Int(state.exitCode), error: state.error,
            startedAt: time(state.startedAt), finishedAt: time(state.finishedAt), health: state.health.map(HealthView.health),
            cause: HealthView.cause(state.cause))
    }

    var status: Models.ContainerState.Status {
        switch record.state.phase {
        case .created: .created
        case .running: .running
        case .paused: .paused
        case .restarting: .restarting
        case .exited: .exited
        case .removing: .removing
        case .dead: .dead
        }
    }

    private func time(_ nanoseconds: Int64) -> EngineTime {
        nanoseconds == 0 ? .never : EngineTime(nanoseconds: nanoseconds)
    }

    private var graphDriver: GraphDriver {
        let snapshot = record.definition.snapshot
        return GraphDriver(
            name: ContainerEngine.storageDriver,
            data: [
                "ID": record.id, "LowerDir": snapshot.lower.joined(separator: ":"), "UpperDir": snapshot.upper,
                "WorkDir": snapshot.work,
            ])
    }

    func summary(now: Int64) -> ContainerSummary {
        let definition = record.definition
        var summary = ContainerSummary(
            id: record.id, names: ["/\(record.name)"], state: status,
            hostConfig: .init(networkMode: record.hostConfig.networkMode, annotations: record.hostConfig.annotations))
        summary.image = hasLostName ? definition.imageID : record.config.image
        summary.imageID = definition.imageID
        summary.command = ([definition.path] + definition.arguments.map(quoted)).joined(separator: " ")
        summary.created = definition.createdAt / 1_000_000_000
        summary.ports = NetworkView(record: record).summary
        summary.labels = record.config.labels ?? [:]
        summary.status = HumanText.status(record.state, now: now)
        summary.networkSettings = .init(networks: NetworkView(record: record).networks)
        summary.health = record.state.health.map(HealthView.summary) ?? ContainerHealthSummary(status: .none)
        summary.mounts = definition.mounts
        return summary
    }

    /// Docker quotes arguments with spaces.
    private func quoted(_ argument: String) -> String {
        argument.contains(" ") ? "'\(argument)'" : argument
    }
}
