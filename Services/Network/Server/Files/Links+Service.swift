// Links of the default network: other containers' addresses in a container's hosts file.
import Contracts
import Logging

extension NetworkService {
    /// A line for each address of each linked container that is there.
    func entries(of links: [SandboxLink]) -> [HostsFile.Entry] {
        links.flatMap { link in
            (sandboxes[link.containerID].map(defaultAddresses) ?? []).map { HostsFile.Entry(address: "\($0)", names: link.names) }
        }
    }

    /// Tells those that are linked to a container where it is now. Their files are theirs: one that can't be written stays as it is.
    func updateLinks(to sandbox: Sandbox) {
        let id = sandbox.row.containerID
        for other in sandboxes.values {
            for link in other.row.links ?? [] where link.containerID == id {
                do {
                    let path = SandboxFiles(layout: settings.layout, containerID: other.row.filesOwner).hosts
                    guard let text = try TextFile.read(path, limit: HostResolverTexts.limit) else { continue }
                    let next = HostsFile.text(of: text, naming: link.names, addresses: defaultAddresses(of: sandbox).map { "\($0)" })
                    if next != text { try TextFile.write(next, to: path) }
                } catch {
                    logger.warning("a link can't be brought up to date", metadata: [
                        "container": "\(other.row.containerID)", "error": "\(error)",
                    ])
                }
            }
        }
    }

    private func defaultAddresses(of sandbox: Sandbox) -> [IPAddress] {
        sandbox.endpoints.first { $0.networkID == defaultNetworkID }?.addresses ?? []
    }
}
