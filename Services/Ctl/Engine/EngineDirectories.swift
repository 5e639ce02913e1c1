// The directories an engine needs before its first service starts, with their owners.
import Contracts
import Glibc
import ServiceKit

/// Makes what is missing and corrects modes and owners. Each service makes the rest below its own directory.
struct EngineDirectories {
    var layout: EngineLayout
    var gateway: EngineUser

    func prepare() throws {
        try make(layout.root, mode: 0o711)
        try make(layout.run, mode: 0o755)
        try make(layout.gatewayState, mode: 0o700, owner: gateway.uid, group: gateway.gid)
        try make(layout.imagesState, mode: 0o700)
        try make(layout.networkState, mode: 0o711)
        // What a shim makes below is for the group of the gateway that called it.
        try make(layout.containers, mode: 0o711)
        try make(layout.shims, mode: 0o711)
    }

    private func make(_ path: String, mode: mode_t, owner: uid_t = 0, group: gid_t = 0) throws {
        try makeParents(of: path)
        if mkdir(path, mode) != 0, errno != EEXIST { throw SystemCallError("mkdir", path) }
        if chown(path, owner, group) != 0 { throw SystemCallError("chown", path) }
        if chmod(path, mode) != 0 { throw SystemCallError("chmod", path) }
    }

    private func makeParents(of path: String) throws {
        var parent = ""
        for component in path.split(separator: "/").dropLast() {
            parent += "/\(component)"
            if mkdir(parent, 0o755) != 0, errno != EEXIST { throw SystemCallError("mkdir", parent) }
        }
    }
}
