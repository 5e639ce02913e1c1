// Has the proxy serve the ports that need it, over restarts of the service.
import Contracts
import Logging
import ServiceKit

extension NetworkService {
    /// Brings the proxy from one state of a sandbox to another; nil stands for none. What it lets go of must still be reserved, so that
    /// nobody else is refused the port for it.
    func updateProxy(from former: Sandbox?, to sandbox: Sandbox?) async {
        let before = former?.publications.compactMap(\.proxied) ?? []
        let after = sandbox?.publications.compactMap(\.proxied) ?? []
        for port in before where !after.contains(where: { $0.key == port.key }) {
            await proxy.close(port.key)
            keptPorts.forget(port.key.keptName)
        }
        for port in after where !before.contains(port) {
            await open(port, isNew: !before.contains { $0.key == port.key })
        }
    }

    /// All else of the container works where this fails.
    private func open(_ port: ProxiedPort, isNew: Bool) async {
        guard let socket = ports.socket(of: port.key) else { return }
        do {
            try await proxy.serve(port, at: socket)
            let isKept = port.key.transport != .tcp || restoredPorts[port.key.keptName] != nil
            if isNew, !isKept { keptPorts.keep([socket.raw], as: port.key.keptName) }
        } catch {
            logger.error(
                "a published port can't be served",
                metadata: [
                    "port": "[\(port.key.address)]:\(port.key.port)", "error": "\(error)",
                ])
        }
    }

    /// After a start of the service: what an earlier process left for ports that are no more is closed.
    func updateWholeProxy() async {
        for sandbox in sandboxes.values { await updateProxy(from: nil, to: sandbox) }
        let served = Set(sandboxes.values.flatMap { $0.publications.compactMap(\.proxied).map(\.key.keptName) })
        for name in keptPorts.restored.keys where !served.contains(name) { keptPorts.forget(name) }
        restoredPorts = [:]
    }
}

extension ProxiedPort.Key {
    static let keptPrefix = "port-"

    /// Under which the supervisor keeps the socket of a port.
    var keptName: String {
        let digits = String(address.value, radix: 16)
        return "\(Self.keptPrefix)\(transport.rawValue)-\(digits)-\(port)"
    }
}
