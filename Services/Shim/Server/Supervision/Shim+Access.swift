// What callers with a limited scope may ask of a shim. Errors: forbidden.
import Contracts
import RPC

extension Shim {
    /// Whether the method may be called for this container at all.
    func check(_ scope: CallScope, _ method: String) throws(RPCError) {
        try scope.check(method: method)
        if let container { try scope.check(labels: container.request.labels, of: "container \(container.id)") }
    }

    func check(_ request: AdoptContainer.Request, _ scope: CallScope) throws(RPCError) {
        try scope.check(labels: request.labels, of: "container \(request.containerID)")
        try scope.check(request.log.remote)
    }

    func check(_ spec: ContainerSpec, _ scope: CallScope) throws(RPCError) {
        let layout = try requireContainer().layout
        try scope.check(spec, directories: [layout.root, layout.run])
    }

    /// Whoever runs something in the container has what the container has.
    func check(_ request: StartExec.Request, _ scope: CallScope) throws(RPCError) {
        guard !request.privileged || !scope.forbidsPrivileges else { throw CallScope.refusal("a privileged command") }
        try scope.check(request.process)
        guard let spec = supervision?.spec else { return }
        let layout = try requireContainer().layout
        try scope.check(entering: spec, directories: [layout.root, layout.run])
    }
}
