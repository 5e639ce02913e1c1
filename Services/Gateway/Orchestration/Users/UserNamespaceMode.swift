// Which user namespace a container asks for.
import Contracts
import Models
import RPC

/// `HostConfig.UsernsMode`, or the label for clients that let only `host` pass.
enum UserNamespaceMode: Equatable {
    static let standardSize: UInt32 = 65_536

    /// As the engine is configured.
    case standard
    case host
    /// One of its own, with as many IDs.
    case auto(size: UInt32)

    /// Errors: `invalidParameter` in Docker's words.
    init(_ config: ContainerConfig?, _ hostConfig: HostConfig) throws(RPCError) {
        let text = hostConfig.usernsMode.isEmpty ? config?.labels?[ContainerConfig.userNamespaceLabel] ?? "" : hostConfig.usernsMode
        switch text {
        case "": self = .standard
        case "host": self = .host
        case "auto": self = .auto(size: Self.standardSize)
        default:
            let prefix = "auto:size="
            guard text.hasPrefix(prefix), let size = UInt32(text.dropFirst(prefix.count)), size > 0 else {
                throw RPCError(.invalidParameter, "invalid userns mode: \(text)")
            }
            self = .auto(size: size)
        }
    }
}
