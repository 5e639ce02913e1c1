// A container's user namespace: where its IDs are others than the host's.
//
// Nothing on disk has shifted owners: layers and volumes are mounted so that the container's root sees what is root's as its own.
import CLinux
import Contracts
import Glibc
import Linux

/// Held by descriptor; it goes with the last process, namespace and descriptor that is in it.
final class UserNamespace {
    let descriptor: Int32
    let map: IDMap
    /// The container's root, on the host.
    let root: (uid: UInt32, gid: UInt32)

    private init(taking descriptor: Int32, _ map: IDMap) {
        self.descriptor = descriptor
        self.map = map
        root = (map.users.outside(of: 0) ?? UInt32.max - 1, map.groups.outside(of: 0) ?? UInt32.max - 1)
    }

    deinit { close(descriptor) }

    static func make(_ map: IDMap) throws(RuntimeFailure) -> UserNamespace {
        let result = clinux_user_namespace(map.users.kernelText, map.groups.kernelText, nil)
        guard result >= 0 else { throw failure(-result, "make a user namespace") }
        return UserNamespace(taking: result, map)
    }

    /// The one that the container's network namespace belongs to: only in that one its root is also root of the network.
    static func of(_ network: NamespaceSpec.Mode, _ map: IDMap) throws(RuntimeFailure) -> UserNamespace {
        guard map.users.outside(of: 0) != nil, map.groups.outside(of: 0) != nil else {
            throw RuntimeFailure(step: "userns", errno: 0, message: "a user namespace needs an ID for its root")
        }
        guard case .path(let path) = network else { return try make(map) }
        let file = clinux_open_file(path, O_RDONLY, 0)
        guard file >= 0 else { throw failure(-file, "open \(path)") }
        defer { close(file) }
        let result = clinux_user_namespace_of(file)
        guard result >= 0 else { throw failure(-result, "find the user namespace of \(path)") }
        return UserNamespace(taking: result, map)
    }

    /// Moves the calling process into it, as its root.
    func enter() throws(RuntimeFailure) {
        do throws(Errno) {
            try Namespaces.user.enter(descriptor)
            try Errno.check(clinux_become_root(), "become root")
        } catch {
            throw Self.failure(error.code, "enter the user namespace: \(error.call)")
        }
    }

    /// Runs `body` while what the calling thread makes belongs to the container's root.
    func asRoot<Result>(_ body: () throws(Errno) -> Result) throws(Errno) -> Result {
        try Errno.check(clinux_act_as(root.uid, root.gid), "act as the container's root")
        defer { _ = clinux_act_as(0, 0) }
        return try body()
    }

    /// So that the container's root, and whom it becomes, may open `/dev/stdout` by name.
    static func give(_ stdio: ProcessStdio, to map: IDMap) {
        guard case .pipes(let input, let output, let error) = stdio else { return }
        guard let uid = map.users.outside(of: 0), let gid = map.groups.outside(of: 0) else { return }
        for descriptor in [input, output, error] { _ = clinux_give_pipe(descriptor, uid, gid) }
    }

    private static func failure(_ code: Int32, _ what: String) -> RuntimeFailure {
        RuntimeFailure(step: "userns", errno: code, message: "unable to \(what): \(Errno.reason(of: code))")
    }
}
