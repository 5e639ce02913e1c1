// The methods a shim answers. What a caller may do is checked in Shim+Access.swift; the work is in the files named after it.
import Contracts
import RPC
import RPCEpoll

extension Shim {
    func registerMethods() {
        add(AdoptContainer.self) { shim, request, call in
            try shim.check(request, CallScope(call.context.scope))
            return try shim.adopt(request, peer: call.context.peer)
        }
        add(StartContainer.self) { shim, request, call in
            try shim.check(request.spec, CallScope(call.context.scope))
            return try shim.start(request)
        }
        add(InspectShim.self) { shim, _, _ in try shim.inspect() }
        add(SignalContainer.self) { shim, request, _ in try shim.signal(request) }
        add(PauseContainer.self) { shim, _, _ in try shim.pause() }
        add(ResumeContainer.self) { shim, _, _ in try shim.resume() }
        add(ResizeTerminal.self) { shim, request, _ in try shim.resize(request) }
        add(StartExec.self) { shim, request, call in
            try shim.check(request, CallScope(call.context.scope))
            return try shim.startExec(request, descriptors: call.takeDescriptors())
        }
        add(NoteCalls.self) { shim, request, _ in
            shim.note(calls: request.notes)
            return RPCNothing()
        }
        add(ListProcesses.self) { shim, _, _ in try shim.listProcesses() }
        add(ReadStats.self) { shim, _, _ in try shim.readStats() }
        add(UpdateContainer.self) { shim, request, call in
            if let cgroup = request.cgroup { try CallScope(call.context.scope).check(cgroup) }
            return try shim.update(request)
        }
        add(ListCheckpoints.self) { try $0.listCheckpoints($1, CallScope($2.context.scope)) }
        add(RemoveCheckpoint.self) { try $0.removeCheckpoint($1, CallScope($2.context.scope)) }
        server.add(CheckpointContainer.self) { [unowned self] in checkpoint($0, $1) }
        server.add(RestoreContainer.self) { [unowned self] in restore($0, $1) }
        add(ReleaseShim.self) { shim, request, _ in try shim.release(request) }
        add(KillShim.self) { shim, request, _ in try shim.killOther(request) }
        add(RecoverContainer.self) { shim, request, _ in try shim.recover(request) }
        server.add(AttachContainer.self) { [unowned self] request, call in
            do throws(RPCError) {
                try check(CallScope(call.context.scope), AttachContainer.name)
                attach(request, call)
            } catch {
                call.reply(.failure(error))
            }
        }
        server.addStream(WatchShim.self) { [unowned self] in watch($0, $1) }
    }

    /// A method that is answered at once.
    private func add<M: RPCMethod>(
        _ method: M.Type, _ answer: @escaping (Shim, M.Request, RPCCall<M>) throws -> M.Response
    ) {
        server.add(method) { [unowned self] request, call in
            do {
                try check(CallScope(call.context.scope), M.name)
                call.reply(.success(try answer(self, request, call)))
            } catch {
                call.reply(.failure(error as? RPCError ?? RPCError(.internalError, "\(error)")))
            }
        }
    }

    private func watch(_ request: WatchShim.Request, _ stream: RPCEventStream<WatchShim>) {
        var notices = request.after.map(history.after) ?? lifecycle.summary.map { ShimNotice($0) }
        if let report = supervision?.health?.report { notices.append(ShimNotice(.health(report))) }
        for notice in notices where !stream.send(notice) { return }
        stream.onCancel = { [unowned self, unowned stream] in watchers.removeAll { $0 === stream } }
        watchers.append(stream)
    }
}
