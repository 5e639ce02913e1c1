// `--link`: another container, and what it is called in this one.
import Models
import RPC

/// One entry of a HostConfig's `Links`.
struct LinkText: Sendable, Equatable {
    /// Name or ID.
    var container: String
    var alias: String

    /// Reads `name`, `name:alias` and, as inspect shows it, `/name:/parent/alias`. Errors: `invalidParameter`.
    init(_ text: String) throws(RPCError) {
        guard !text.isEmpty else { throw RPCError(.invalidParameter, "empty string specified for links") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let first = parts.first else { throw RPCError(.invalidParameter, "bad format for links: \(text)") }
        container = first.hasPrefix("/") ? String(first.dropFirst()) : first
        alias = parts.count > 1 ? parts[1] : container
        if first.hasPrefix("/") { alias = alias.split(separator: "/").last.map(String.init) ?? "" }
        guard !container.isEmpty, !alias.isEmpty, !alias.contains(where: \.isWhitespace) else {
            throw RPCError(.invalidParameter, "bad format for links: \(text)")
        }
    }

    var text: String { "\(container):\(alias)" }
}

extension NetworkCheck {
    static let linkConflict = "can't be used with links. This would result in undefined behavior"

    /// Links go by the default network's addresses, and by names that are looked up on the others.
    func checkLinks(_ report: inout SettingsReport) {
        let links = hostConfig.links ?? []
        guard !links.isEmpty else { return }
        let words = Self.linkConflict
        if hostConfig.networkMode == "host" { report.fault("conflicting options: host type networking \(words)") }
        if hostConfig.networkMode.hasPrefix("container:") { report.fault("conflicting options: container type network \(words)") }
        for text in links {
            do throws(RPCError) {
                _ = try LinkText(text)
            } catch {
                report.fault(error.message)
            }
        }
    }
}

extension HostConfigAdaptation {
    /// By ID, so that links outlive renames; on other networks than the default one they are the endpoint's matter. A container in
    /// another's network is reached at that one's address. Errors: `invalidParameter` for a container that isn't there, and for one in the
    /// host's network.
    func links(of config: HostConfig) throws(RPCError) -> [String]? {
        guard config.networkMode == "bridge", let links = config.links, !links.isEmpty else { return nil }
        var resolved: [String] = []
        for text in links {
            var link = try LinkText(text)
            do {
                link.container = try resolve(link.container)
            } catch  where error.code == .notFound {
                // At a create request, clients take notFound for a missing image and set out to pull it.
                throw RPCError(.invalidParameter, "could not get container for \(link.container): \(error.message)")
            }
            link.container = try networkOwner(of: link.container)
            resolved.append(link.text)
        }
        return resolved
    }

    private func networkOwner(of container: String) throws(RPCError) -> String {
        var owner = container
        let prefix = ContainerEngine.containerPrefix
        while let mode = networkMode(owner), mode.hasPrefix(prefix) { owner = String(mode.dropFirst(prefix.count)) }
        guard owner == container || networkMode(owner) != nil else {
            throw RPCError(.invalidParameter, "could not get container for \(owner): No such container: \(owner)")
        }
        guard networkMode(owner) != "host" else {
            throw RPCError(.invalidParameter, "conflicting options: host type networking \(NetworkCheck.linkConflict)")
        }
        return owner
    }
}
