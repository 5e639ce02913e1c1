// Runs the container from a checkpoint, and looks after it then as after any.
import CLinux
import Contracts
import Glibc
import Linux
import RPC
import RPCEpoll

extension Shim {
    /// Answered when the container's processes go on.
    func restore(_ request: RestoreContainer.Request, _ call: RPCCall<RestoreContainer>) {
        do throws(RPCError) {
            let scope = CallScope(call.context.scope)
            try check(scope, RestoreContainer.name)
            try check(request.start.spec, scope)
            try beginRestore(request) { call.reply($0) }
        } catch {
            call.reply(.failure(error))
        }
    }

    private func beginRestore(
        _ request: RestoreContainer.Request, _ answer: @escaping (Result<RunningContainer, RPCError>) -> Void
    ) throws(RPCError) {
        let container = try requireContainer()
        let spec = request.start.spec
        guard spec.id == container.id, spec.process.terminal == container.request.terminal else {
            throw RPCError(.invalidParameter, "The container to start is not the one this shim was given.")
        }
        try CheckpointName.check(request.checkpoint)
        try CheckpointSupport.check(spec)
        let files = CheckpointFiles(directory: container.layout.checkpoints(container.id), name: request.checkpoint)
        let record = try files.read()
        let criu = try Criu.find(request.criu)
        try lifecycle.beginStart(container.id)
        removeStaleExitRecord(container)
        supervision = Supervision(request.start)
        do throws(RuntimeFailure) {
            restoring = try launch(spec, record, files, criu, container, answer)
        } catch {
            restoreFailed()
            throw error.rpcError
        }
    }

    private func launch(
        _ spec: ContainerSpec, _ record: CheckpointRecord, _ files: CheckpointFiles, _ criu: Criu, _ container: AdoptedContainer,
        _ answer: @escaping (Result<RunningContainer, RPCError>) -> Void
    ) throws(RuntimeFailure) -> RestoreJob {
        let layout = container.layout
        let paths = RestorePaths(
            images: CheckpointFiles.images(in: files.path), log: layout.checkpointLog(container.id, "restore"),
            pidFile: "\(layout.containerDirectory(container.id))/criu-pid", stage: layout.shimDirectory(container.id))
        var pipes = try ProcessPipes(.init(stdin: container.request.openStdin, stdout: true, stderr: true))
        do throws(RuntimeFailure) {
            let restore = try ContainerRestore.begin(spec, stdio: pipes.stdio, record, paths, criu, on: host)
            return RestoreJob(restore: restore, checkpoint: files.name, log: paths.log, pipes: pipes, answer: answer)
        } catch {
            pipes.closeAll()
            throw error
        }
    }

    private func restoreFailed() {
        lifecycle.startFailed()
        supervision = nil
        // Nothing is left to end.
        leave()
    }

    /// True when the process was CRIU. Others are remembered: the container's first process may end before its number is known.
    func restoreEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard var job = restoring else { return false }
        guard job.restore.pid == pid else {
            restoring?.ended[pid] = status
            return false
        }
        restoring = nil
        do throws(RPCError) {
            guard status == ExitStatus(exitCode: 0) else {
                throw CriuFailure.error("the container can't be restored from checkpoint \(job.checkpoint)", log: job.log)
            }
            let runtime = try finish(job.restore)
            container?.streams.connect(job.pipes.closeChildEnds())
            let running = began(runtime)
            job.answer(.success(running))
            if let early = job.ended[running.pid] { containerEnded(early) }
        } catch {
            job.restore.abandon()
            job.pipes.closeAll()
            restoreFailed()
            job.answer(.failure(error))
        }
        return true
    }

    private func finish(_ restore: ContainerRestore) throws(RPCError) -> ContainerRuntime {
        do throws(RuntimeFailure) { return try restore.finish() } catch { throw RPCError(.internalError, error.message) }
    }
}

/// What any shim answers, whatever container it has.
extension Shim {
    func listCheckpoints(_ request: ListCheckpoints.Request, _ scope: CallScope) throws(RPCError) -> ListCheckpoints.Response {
        try check(request.place, scope)
        do throws(RPCError) {
            return ListCheckpoints.Response(names: try CheckpointFiles.names(in: try request.place.checkedPath()))
        } catch {
            // The container's own is made with the first.
            guard error.code == .notFound, request.place.directory == nil else { throw error }
            return ListCheckpoints.Response(names: [])
        }
    }

    func removeCheckpoint(_ request: RemoveCheckpoint.Request, _ scope: CallScope) throws(RPCError) -> RPCNothing {
        try check(request.place, scope)
        try CheckpointName.check(request.checkpoint)
        try CheckpointFiles(directory: try request.place.checkedPath(), name: request.checkpoint).remove()
        return RPCNothing()
    }

    private func check(_ place: CheckpointPlace, _ scope: CallScope) throws(RPCError) {
        try checkEngine(place.run)
        try ShimClaim.check(place.containerID)
        try scope.check(labels: place.labels, of: "container \(place.containerID)")
        try scope.check(checkpointDirectory: place.directory)
    }
}
