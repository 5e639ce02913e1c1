// How a shim comes to its container, and how it lets go of it.
import ContainerLog
import Contracts
import Glibc
import RPC
import RPCEpoll

extension Shim {
    func adopt(_ request: AdoptContainer.Request, peer: RPCPeer?) throws(RPCError) -> RPCNothing {
        var adopted = lifecycle
        try adopted.adopt()
        try checkEngine(request.run)
        // The files belong to root; the group of whoever is served may read them.
        let group = peer.flatMap { $0.uid == 0 ? nil : $0.gid }
        let container = try AdoptedContainer(request, group: group, loop: loop)
        do throws(RPCError) {
            try listen(container)
        } catch {
            container.claim.release()
            throw error
        }
        self.container = container
        if let notes = request.notesCalls { note(calls: notes) }
        container.log?.onTrouble = { [unowned self] isFailing in
            let lines = self.container?.log?.droppedLines ?? 0
            ShimLog.note(isFailing ? "the log can't be written" : "the log is written again; lines lost so far: \(lines)")
            broadcast(isFailing ? .logFailing(droppedLines: lines) : .logResumed(droppedLines: lines))
        }
        container.remoteLog?.onTrouble = { [unowned self] isLosing in
            let count = self.container?.remoteLog?.droppedMessages ?? 0
            ShimLog.note(isLosing ? "the log service takes too little" : "the log service takes all again; messages lost so far: \(count)")
            broadcast(isLosing ? .logFailing(droppedLines: count) : .logResumed(droppedLines: count))
        }
        lifecycle = adopted
        return RPCNothing()
    }

    private func listen(_ container: AdoptedContainer) throws(RPCError) {
        let listener = try container.claim.bind()
        do { try server.listen(fd: listener) } catch {
            throw error as? RPCError ?? RPCError(.internalError, "The shim's socket can't be listened to: \(error)")
        }
    }

    /// Two engines on a host have a shim listener each; a request that strayed from one to the other is a mistake in a configuration.
    func checkEngine(_ requested: String) throws(RPCError) {
        guard let run, run != requested else { return }
        throw RPCError(.invalidParameter, "This shim belongs to the engine in \(run), not to the one in \(requested).")
    }

    func requireContainer() throws(RPCError) -> AdoptedContainer {
        guard let container else { throw ContainerLifecycle.noContainer }
        return container
    }

    func release(_ request: ReleaseShim.Request) throws(RPCError) -> RPCNothing {
        let container = try requireContainer()
        try lifecycle.checkRelease(container.id)
        tearDown()
        if request.removesContainerDirectory { Directories.remove(container.layout.containerDirectory(container.id)) }
        endSoon()
        return RPCNothing()
    }

    /// Cleans up after a shim that died. Its container can't have outlived this call.
    func recover(_ request: RecoverContainer.Request) throws(RPCError) -> RecoverContainer.Response {
        guard lifecycle == .fresh else { throw RPCError(.conflict, "This shim has a container already.") }
        try checkEngine(request.run)
        let layout = EngineLayout(root: request.root, run: request.run)
        let claim = try ShimClaim.take(layout, containerID: request.containerID, group: nil)
        PendingCheckpoint(layout, request.containerID).sweep()
        ContainerRuntime.cleanUp(id: request.containerID, cgroupParent: request.cgroupParent, on: host)
        let exit = readExitRecord(layout.exitRecord(request.containerID))
        claim.release()
        if request.removesContainerDirectory { Directories.remove(layout.containerDirectory(request.containerID)) }
        endSoon()
        return RecoverContainer.Response(exit: exit)
    }

    private func readExitRecord(_ path: String) -> ExitRecord? {
        do { return try ExitRecordFile.read(path) } catch {
            ShimLog.note("the exit record can't be read, so there is none: \(error)")
            return nil
        }
    }
}
