// A container that ended is started again in place: in the same network, over the same layers, by the same shim.
import ContainerLog
import Contracts
import Glibc
import Linux
import RPC

extension Shim {
    /// How long the end of a container is known before its clients see the end of their streams.
    private static let clientPauseMilliseconds: Int64 = 100
    /// Between looks whether the disk answers.
    private static let diskPauseMilliseconds: Int64 = 500
    /// Between looks whether a container is back whose namespaces this one is in.
    private static let donorPauseMilliseconds: Int64 = 500

    /// After the record of an end is on disk: starts the container again when that is due, or is done with it.
    func settle(_ record: ExitRecord) {
        defer { loop.schedule(afterMilliseconds: Self.clientPauseMilliseconds) { [unowned self] in letClientsGo() } }
        let ranFor = loop.now &- (supervision?.startedAt ?? 0)
        supervision?.end = nil
        supervision?.isAskedToEnd = false
        supervision?.endsUnhealthy = false
        guard let delay = supervision?.schedule.next(exitCode: record.exitCode, ranFor: ranFor) else {
            lifecycle.recorded(record)
            broadcast(.exited(record))
            return leave()
        }
        let notice = RestartNotice(exit: record, count: supervision?.schedule.count ?? 0, delayMilliseconds: delay)
        lifecycle.willRestart(notice)
        broadcast(.restarting(notice))
        removeRun()
        restart(after: delay)
    }

    private func restart(after milliseconds: Int64) {
        supervision?.restartTimer = loop.schedule(afterMilliseconds: milliseconds) { [unowned self] in restart() }
    }

    /// A client whose stream has ended looks at the container at once, and is to find it ended: so the end is told first. Who was told
    /// releases the shim, with which clients are let go at the latest; a container that starts again isn't released.
    func letClientsGo() {
        container?.streams.letClientsGo()
        lingering.letGo()
    }

    /// Takes away what belonged to the run that ended.
    private func removeRun() {
        if let runtime {
            runtime.removeCgroup()
            close(runtime.process.pidfd)
        }
        runtime = nil
        container?.renewStreams(loop: loop)
    }

    private func restart() {
        supervision?.restartTimer = nil
        // A start needs the disk that the log waits for.
        guard container?.log?.isSettled != false else { return restart(after: Self.diskPauseMilliseconds) }
        // Until the gateway tells where they are: at the old places there may be somebody else's.
        guard supervision?.sharedNamespaces.areThere != false else { return restart(after: Self.donorPauseMilliseconds) }
        guard let container, let spec = supervision?.spec, lifecycle.beginRestart() else { return }
        removeStaleExitRecord(container)
        do throws(RuntimeFailure) {
            _ = try run(spec, container)
        } catch {
            restartFailed(error, container)
        }
    }

    /// As with dockerd, a restart that fails is the last.
    private func restartFailed(_ failure: RuntimeFailure, _ container: AdoptedContainer) {
        let now = WallClock.nanoseconds
        let record = ExitRecord(
            exitCode: failure.exitCode ?? 128, startedAt: now, finishedAt: now, message: failure.message, cause: ExitCause(.startFailure))
        lifecycle.recorded(write(record, container))
        broadcast(.exited(record))
        leave()
    }

    /// True when the container waited for its restart, and has now ended for good.
    func giveUpRestart() -> Bool {
        guard case .restarting(let notice) = lifecycle else { return false }
        if let timer = supervision?.restartTimer { loop.cancel(timer) }
        supervision?.restartTimer = nil
        lifecycle.recorded(notice.exit)
        broadcast(.exited(notice.exit))
        return true
    }
}
