// Containers in the namespaces of another one, and where these are once that one has started again.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Tells the shims of running containers that are in a namespace of this one: they start them again in place, by paths.
    /// In the background: it matters at their next restart only, which waits for it.
    func tellDependents(of donor: String) {
        let mode = Self.containerPrefix + donor
        tasks.start { self.tellDependents { $0 == mode } }
    }

    /// The same of all containers.
    func tellDependents() {
        tasks.start { self.tellDependents { $0.hasPrefix(Self.containerPrefix) } }
    }

    private func tellDependents(where isShared: (String) -> Bool) {
        for record in store.all where record.state.isActive {
            let host = record.hostConfig
            guard [host.networkMode, host.ipcMode, host.pidMode].contains(where: isShared), let shim = live[record.id].shim,
                let namespaces = currentNamespaces(of: record)
            else { continue }
            tasks.start { try? await shim.update(UpdateContainer.Request(namespaces: namespaces), .fresh()) }
        }
    }

    /// nil while one of its donors doesn't run.
    private func currentNamespaces(of record: ContainerRecord) -> NamespaceSpec? {
        guard var namespaces = try? namespaces(of: record) else { return nil }
        let mode = record.hostConfig.networkMode
        guard mode.hasPrefix(Self.containerPrefix) else { return namespaces }
        guard let path = store[String(mode.dropFirst(Self.containerPrefix.count))]?.state.sandbox?.namespacePath, !path.isEmpty else {
            return nil
        }
        namespaces.network = .path(path)
        return namespaces
    }
}
