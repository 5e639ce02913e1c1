// Which IDs a new container has, from what it asks for and whose namespaces it joins. Pure.
import Contracts
import GatewayState
import Models
import RPC

enum UserNamespaceChoice: Equatable {
    /// The host's IDs.
    case host
    /// Those that the engine, or another container, has.
    case shared(IDMap)
    /// A range of its own, of that many.
    case own(size: UInt32)

    /// Errors: `invalidParameter`, where dockerd has some in its words.
    init(_ mode: UserNamespaceMode, _ hostConfig: HostConfig, remap: IDMap?, donors: [ContainerRecord]) throws(RPCError) {
        self = try Self.choose(mode, remap: remap, donors: donors.map(\.definition.idMap))
        guard self != .host else { return }
        if hostConfig.privileged, mode == .standard, donors.isEmpty {
            throw RPCError(
                .invalidParameter,
                "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running "
                    + "privileged mode")
        }
        if hostConfig.networkMode == "host" {
            throw RPCError(.invalidParameter, "cannot share the host's network namespace when user namespaces are enabled")
        }
        if hostConfig.pidMode == "host" {
            throw RPCError(.invalidParameter, "cannot share the host PID namespace when user namespaces are enabled")
        }
    }

    /// Whoever shares a namespace shares the IDs.
    private static func choose(_ mode: UserNamespaceMode, remap: IDMap?, donors: [IDMap?]) throws(RPCError) -> UserNamespaceChoice {
        guard let donor = donors.first else {
            switch mode {
            case .standard: return remap.map { .shared($0) } ?? .host
            case .host: return .host
            case .auto(let size): return .own(size: size)
            }
        }
        guard donors.allSatisfy({ $0 == donor }) else {
            throw RPCError(
                .invalidParameter, "conflicting options: the containers whose namespaces are to be shared are in different user namespaces")
        }
        switch (mode, donor) {
        case (.auto, _), (.host, .some):
            throw RPCError(
                .invalidParameter, "conflicting options: a user namespace and the namespaces of a container that is in another one")
        case (_, .some(let map)): return .shared(map)
        case (_, nil): return .host
        }
    }

    /// The containers whose namespaces a new one joins. The modes have full IDs.
    static func donors(of hostConfig: HostConfig, _ find: (String) -> ContainerRecord?) -> [ContainerRecord] {
        [hostConfig.networkMode, hostConfig.pidMode, hostConfig.ipcMode].compactMap { mode in
            guard mode.hasPrefix(ContainerEngine.containerPrefix) else { return nil }
            return find(String(mode.dropFirst(ContainerEngine.containerPrefix.count)))
        }
    }
}
