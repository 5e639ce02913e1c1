// How a fresh shim ends one that doesn't answer.
import CLinux
import Contracts
import Glibc
import RPC

extension Shim {
    /// How long a killed shim may take to be gone.
    private static let deathPatienceMilliseconds: Int32 = 3_000

    /// The other shim first: it would take its container's end for one to restart after.
    func killOther(_ request: KillShim.Request) throws(RPCError) -> RPCNothing {
        guard lifecycle == .fresh else { throw RPCError(.conflict, "This shim has a container already.") }
        try checkEngine(request.run)
        try ShimClaim.check(request.containerID)
        let layout = EngineLayout(root: request.root, run: request.run)
        let other = try Self.holder(of: layout.shimSocket(of: request.containerID))
        defer {
            close(other)
            endSoon()
        }
        let result = clinux_pidfd_send_signal(other, SIGKILL)
        guard result == 0 || result == -ESRCH else { throw SystemFailure.error("pidfd_send_signal", "", code: -result) }
        ContainerRuntime.cleanUp(id: request.containerID, cgroupParent: request.cgroupParent, on: host)
        var watched = pollfd(fd: other, events: Int16(POLLIN), revents: 0)
        guard poll(&watched, 1, Self.deathPatienceMilliseconds) == 1 else {
            throw RPCError(
                .internalError, "The shim of container \(request.containerID) was killed and hasn't ended: it hangs in the kernel.")
        }
        return RPCNothing()
    }

    /// The process that listens on a socket. Asked again once it is held, so that its number isn't another's meanwhile.
    private static func holder(of path: String) throws(RPCError) -> Int32 {
        let process = clinux_pidfd_open(try listener(path))
        guard process >= 0 else { throw SystemFailure.error("pidfd_open", path, code: -process) }
        do throws(RPCError) { _ = try listener(path) } catch {
            close(process)
            throw error
        }
        return process
    }

    private static func listener(_ path: String) throws(RPCError) -> Int32 {
        let connection = clinux_unix_connect(path)
        guard connection >= 0 else {
            let isGone = [-ENOENT, -ECONNREFUSED].contains(connection)
            throw isGone ? RPCError(.notFound, "No shim listens on \(path).") : SystemFailure.error("connect", path, code: -connection)
        }
        defer { close(connection) }
        var peer = clinux_peer()
        let result = clinux_peer_credentials(connection, &peer)
        guard result == 0 else { throw SystemFailure.error("getsockopt", path, code: -result) }
        return peer.pid
    }
}
