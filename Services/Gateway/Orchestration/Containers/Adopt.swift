// Gives a container its shim: at its start, or at an attach before it.
import Contracts
import GatewayState
import Logging
import Models
import RPC

extension ContainerEngine {
    /// The prepared shim of a container, a fresh one if it has none. The caller holds the gate.
    func adopt(_ record: ContainerRecord, _ live: LiveContainer, _ context: RPCContext) async throws -> any ShimConnection {
        if let shim = live.shim { return shim }
        var log = try LogOptionsCheck.specification(
            record.hostConfig.logConfig, labels: record.config.labels ?? [:], environment: record.config.env ?? [],
            subject: LogTag.Subject(record))
        if let remote = log.remote { log.remote = try await LogService.located(remote, record, hostname: facts.hostname) }
        var request = AdoptContainer.Request(
            containerID: record.id, root: layout.root, run: layout.run, terminal: record.config.tty,
            openStdin: record.config.openStdin, stdinOnce: record.config.stdinOnce, log: log)
        request.notesCalls = Self.notesCalls
        request.labels = record.config.labels
        let shim = try await freshShim(request, context)
        live.shim = shim
        store.update(record.id) { $0.hasFiles = true }
        return shim
    }

    /// A warm shim may have ended just now; then a new one is taken, once.
    private func freshShim(_ request: AdoptContainer.Request, _ context: RPCContext) async throws -> any ShimConnection {
        do {
            return try await adopt(request, by: try await shims.fresh(), context)
        } catch let error as RPCError where error.code == .unavailable {
            return try await adopt(request, by: try await shims.fresh(), context)
        }
    }

    private func adopt(
        _ request: AdoptContainer.Request, by shim: any ShimConnection, _ context: RPCContext
    ) async throws -> any ShimConnection {
        do {
            try await shim.adopt(request, context)
            return shim
        } catch {
            await shim.close()
            throw error
        }
    }

    /// Gives up a shim whose container doesn't run. Nothing is left of it.
    func releaseShim(_ live: LiveContainer, removesDirectory: Bool = false) async {
        guard let shim = live.takeShim() else { return }
        do {
            try await shim.release(removesContainerDirectory: removesDirectory, .fresh())
        } catch {
            logger.warning("A shim could not be released", metadata: ["container": "\(live.id)", "error": "\(error)"])
        }
        await shim.close()
    }
}

extension LogTag.Subject {
    init(_ record: ContainerRecord) {
        let command = [record.definition.path] + record.definition.arguments
        self.init(
            id: record.id, name: record.name, imageID: record.definition.imageID, imageName: record.config.image,
            command: command.joined(separator: " "))
    }
}
