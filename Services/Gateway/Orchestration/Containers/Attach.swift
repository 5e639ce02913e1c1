// Attach: a client's stream joined to a container's stdio.
import Contracts
import GatewayBackends
import GatewayState
import Glibc
import Models
import RPC

/// Hands a client's stream to the container's shim. A container that was created only gets its shim now, so that
/// nothing it writes after its start is lost.
struct AttachSequence: Sendable {
    /// How long a shim may take to join a client.
    private static let patience = Duration.seconds(10)
    /// The join as a rule is seen at the first look or the second; after these there is a pause between them.
    private static let eagerLooks = 4

    let engine: ContainerEngine
    let live: LiveContainer
    let options: AttachOptions
    let context: RPCContext

    /// Errors: conflict when it is paused; `invalidParameter` for bad detach keys.
    func prepare() throws(RPCError) -> PreparedStream {
        let record = try engine.current(live)
        let keys = try DetachKeys.parse(options.detachKeys ?? "")
        guard !record.state.isPaused else {
            throw RPCError(.conflict, "container \(record.id) is paused, unpause the container before attach")
        }
        guard !record.state.isRestarting else { throw ContainerEngine.restarting(record.id) }
        switch record.state.phase {
        case .removing, .dead: throw RPCError(.conflict, "container \(record.id) is marked for removal and cannot be attached to")
        case .created, .running, .paused, .restarting, .exited: break
        }
        let request = AttachContainer.Request(
            stdin: options.stdin && record.config.openStdin, stdout: options.stdout, stderr: options.stderr, logs: options.logs,
            stream: options.stream, detachKeys: record.config.tty ? keys : [])
        return PreparedStream(isTerminal: record.config.tty) { end in
            var request = request
            request.client = end.own.map { HandedClient(head: $0.head, input: $0.input) }
            try await uncancelled { [request] in try await join(request, end.descriptor) }
        }
    }

    /// Returns once the shim has the client, which a start that follows can rely on.
    private func join(_ request: AttachContainer.Request, _ lent: Int32) async throws {
        try await live.gate.enter {
            let record = try engine.current(live)
            let shim = try await engine.adopt(record, live, context)
            let before = try await shim.inspect(context).joins
            let descriptor = fcntl(lent, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else { throw RPCError(.internalError, "too many open files; close some clients and try again") }
            let end = attach(request, descriptor, shim, record)
            engine.tell("attach", record)
            try await waitForJoin(shim, end, more: before)
        }
    }

    /// Runs the attachment in the background, until either side ends it.
    private func attach(
        _ request: AttachContainer.Request, _ descriptor: Int32, _ shim: any ShimConnection, _ record: ContainerRecord
    ) -> Promise<RPCError?> {
        let end = Promise<RPCError?>()
        engine.tasks.start {
            defer { close(descriptor) }
            do {
                let answer = try await shim.attach(request, descriptor: descriptor, .fresh())
                if answer.detached { engine.tell("detach", record) }
                end.resolve(nil)
            } catch {
                end.resolve(error as? RPCError ?? RPCError(.internalError, "\(error)"))
            }
        }
        return end
    }

    private func waitForJoin(_ shim: any ShimConnection, _ end: Promise<RPCError?>, more before: UInt64) async throws {
        let deadline = ContinuousClock.now + Self.patience
        var looks = 0
        while ContinuousClock.now < deadline {
            if let outcome = end.current {
                if let failure = outcome { throw failure }
                return
            }
            if try await shim.inspect(context).joins > before { return }
            looks += 1
            if looks < Self.eagerLooks { await Task.yield() } else { _ = try await end.value(within: .milliseconds(2)) }
        }
        throw RPCError(.deadlineExceeded, "the shim of container \(live.id) did not take the client in time; try again")
    }
}
