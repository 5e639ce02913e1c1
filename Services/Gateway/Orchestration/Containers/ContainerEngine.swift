// What all sequences work with.
import Contracts
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

/// The engine's containers and everything needed to change them. The sequences are extensions and values around it.
final class ContainerEngine: Sendable {
    let layout: EngineLayout
    /// The configuration as it was when the engine started.
    let configuration: EngineConfiguration
    let reloadable: ReloadableConfiguration
    let facts: HostFacts
    let store: ContainerStore
    let images: any ImageService
    let network: any NetworkService
    let shims: any ShimConnector
    let live: LiveContainers
    let execs = ExecTable()
    let containerPrune = ExclusiveUse()
    let volumes = VolumeLedger()
    let userNamespaces: UserNamespaceSettings
    /// What containers get that ask for no filter of system calls.
    let seccomp: SeccompSpec
    let idRanges: IDRangeLedger
    let devices: CDIDirectories
    let volumePrune = ExclusiveUse()
    let actions = ActionMetrics()
    let imagePrune = ExclusiveUse()
    let imageNames = ImageNames()
    let imageConfigs = ImageDocumentCache()
    let tasks: BackgroundTasks
    let logger: Logger

    init(
        layout: EngineLayout, configuration: EngineConfiguration, facts: HostFacts, store: ContainerStore, images: any ImageService,
        network: any NetworkService, shims: any ShimConnector, tasks: BackgroundTasks, logger: Logger,
        userNamespaces: UserNamespaceSettings = UserNamespaceSettings(), seccomp: SeccompSpec = .builtin
    ) {
        self.seccomp = seccomp
        self.userNamespaces = userNamespaces
        idRanges = IDRangeLedger(pool: userNamespaces.pool)
        devices = CDIDirectories(configuration.devices.searched, logger: logger)
        self.layout = layout
        self.configuration = configuration
        reloadable = ReloadableConfiguration(configuration)
        self.facts = facts
        self.store = store
        live = LiveContainers { store.keep(trace: $1, of: $0) }
        self.images = images
        self.network = network
        self.shims = shims
        self.tasks = tasks
        self.logger = logger
    }

    /// Finds a container and what is held of it in memory. Errors: notFound; `invalidParameter` for an ambiguous prefix.
    func find(_ reference: String) throws(RPCError) -> (record: ContainerRecord, live: LiveContainer) {
        let record = try store.find(reference)
        return (record, live[record.id])
    }

    /// The record as it is now. Errors: notFound when the container was removed meanwhile.
    func current(_ live: LiveContainer) throws(RPCError) -> ContainerRecord {
        guard let record = store[live.id] else { throw RPCError(.notFound, "No such container: \(live.id)") }
        return record
    }

    /// The connection to the shim of a container that runs or is prepared.
    func shim(of live: LiveContainer) async throws -> any ShimConnection {
        if let shim = live.shim { return shim }
        let shim = try await ServiceFailure.named(.shim) { try await shims.reach(live.id) }
        live.shim = shim
        return shim
    }

    static func restarting(_ id: String) -> RPCError {
        RPCError(.conflict, "Container \(id) is restarting, wait until the container is running")
    }

    static func notRunning(_ id: String) -> RPCError {
        RPCError(.conflict, "container \(id) is not running")
    }
}
