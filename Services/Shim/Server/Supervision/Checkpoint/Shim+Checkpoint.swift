// Saves the container's processes. The container stands still meanwhile; the shim doesn't.
import CLinux
import Contracts
import Glibc
import Linux
import RPC
import RPCEpoll

extension Shim {
    /// Answered when the checkpoint is on disk. The loss of the caller changes nothing.
    func checkpoint(_ request: CheckpointContainer.Request, _ call: RPCCall<CheckpointContainer>) {
        do throws(RPCError) {
            let scope = CallScope(call.context.scope)
            try check(scope, CheckpointContainer.name)
            try scope.check(checkpointDirectory: request.directory)
            let job = try prepare(request) { call.reply($0) }
            checkpointing = job
            suspendHealth()
            dumpIfQuiet()
        } catch {
            call.reply(.failure(error))
        }
    }

    private func prepare(
        _ request: CheckpointContainer.Request, _ answer: @escaping (Result<RPCNothing, RPCError>) -> Void
    ) throws(RPCError) -> CheckpointJob {
        let container = try requireContainer()
        try CheckpointName.check(request.checkpoint)
        try requireCheckpointable(container.id)
        let criu = try Criu.find(request.criu)
        let place = CheckpointPlace(
            containerID: container.id, root: container.layout.root, run: container.layout.run, directory: request.directory)
        let files = CheckpointFiles(directory: try place.checkedPath(), name: request.checkpoint)
        try PendingCheckpoint(container.layout, container.id).note(files.partial)
        try files.begin()
        return CheckpointJob(
            request: request, files: files, criu: criu, log: container.layout.checkpointLog(container.id, "dump"), answer: answer)
    }

    private func requireCheckpointable(_ id: String) throws(RPCError) {
        try requireNoCheckpoint(id)
        if case .paused = lifecycle { throw RPCError(.conflict, "Container \(id) is paused, unpause the container before a checkpoint") }
        _ = try lifecycle.requireLive(id)
        if let spec = supervision?.spec { try CheckpointSupport.check(spec) }
        guard execSessions.isEmpty else {
            throw RPCError(
                .conflict, "Container \(id) has \(execSessions.count) running execs, which a checkpoint can't hold: end them first")
        }
    }

    /// Errors: conflict while one is being made.
    func requireNoCheckpoint(_ id: String) throws(RPCError) {
        guard checkpointing != nil else { return }
        throw RPCError(.conflict, "a checkpoint of container \(id) is being made, wait until it is done")
    }

    /// Begins once no check of the container's health runs any more.
    func dumpIfQuiet() {
        guard var job = checkpointing, job.pid == nil, abandonedProbes.isEmpty else { return }
        do throws(RPCError) {
            job.pid = try dump(job)
            checkpointing = job
        } catch {
            endCheckpoint(job, .failure(error))
        }
    }

    private func dump(_ job: CheckpointJob) throws(RPCError) -> Int32 {
        let live = try lifecycle.requireLive(container?.id ?? "")
        guard let runtime, let container, let spec = supervision?.spec else { throw ContainerLifecycle.noContainer }
        do throws(RuntimeFailure) {
            var record = try CheckpointRecord.take(of: live.pid, processes: runtime.processes(), plan: try MountPlan.make(spec))
            (record.stdin, record.stdout, record.stderr) = container.streams.pipeNames
            do throws(RPCError) { try job.files.write(record) } catch {
                throw RuntimeFailure(step: "checkpoint", errno: 0, message: error.message)
            }
            let launch = DumpLaunch(
                criu: job.criu, files: job.files, record: record, pid: live.pid, freezer: runtime.freezer, ends: job.request.ends,
                log: job.log)
            return try launch.run()
        } catch {
            throw RPCError(.internalError, error.message)
        }
    }

    /// True when the process was the one that makes a checkpoint.
    func checkpointEnded(_ pid: Int32, _ status: ExitStatus) -> Bool {
        guard let job = checkpointing, job.pid == pid else { return false }
        if status != ExitStatus(exitCode: 0) {
            // Left stopped by a dump that was whole, and couldn't be put on disk.
            if job.request.ends { runtime?.signalAll(SIGCONT) }
            endCheckpoint(job, .failure(CriuFailure.error("the processes can't be saved", log: job.log)))
        } else {
            if job.request.ends { endContainer() }
            endCheckpoint(job, .success(RPCNothing()))
        }
        return true
    }

    /// As a kill by the user: no restart follows.
    private func endContainer() {
        supervision?.schedule.end()
        supervision?.end = EndRequest(.checkpoint)
        supervision?.isAskedToEnd = true
        runtime?.signalAll(SIGKILL)
    }

    private func endCheckpoint(_ job: CheckpointJob, _ outcome: Result<RPCNothing, RPCError>) {
        checkpointing = nil
        if case .failure = outcome { job.files.abandon() }
        if let container { PendingCheckpoint(container.layout, container.id).clear() }
        if case .running = lifecycle, supervision?.isAskedToEnd != true { scheduleProbe() }
        job.answer(outcome)
    }

    /// With the shim's end, or its container's directory.
    func giveUpCheckpoint() {
        guard let job = checkpointing else { return }
        if let pid = job.pid {
            kill(pid, SIGKILL)
            while waitpid(pid, nil, 0) < 0, errno == EINTR {}
        }
        endCheckpoint(job, .failure(RPCError(.conflict, "the container ended while it was saved")))
    }
}
