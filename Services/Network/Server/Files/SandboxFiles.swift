// The three files of a container's network, kept in one directory per container.
import Contracts
import Glibc

/// Paths of hosts, hostname and resolv.conf, and their making and removal. They are made anew at each start, so they
/// aren't synchronised.
struct SandboxFiles: Sendable, Equatable {
    let directory: String

    /// What an earlier version of this engine made stays where it is: a container may have it mounted.
    init(layout: EngineLayout, containerID: String) {
        let earlier = "\(layout.networkState)/files/\(containerID)"
        directory = access(earlier, F_OK) == 0 ? earlier : "\(Self.parent(layout))/\(containerID)"
    }

    /// Programs that want to know which container they are in read `/docker/containers/ID/hostname` in `/proc/self/mountinfo`, as dockerd's
    /// directories have it. Where a container has a namespace of control groups of its own, nothing else there says it.
    static func parent(_ layout: EngineLayout) -> String { "\(layout.networkState)/docker/containers" }

    var hosts: String { "\(directory)/hosts" }
    var hostname: String { "\(directory)/hostname" }
    var resolvConf: String { "\(directory)/resolv.conf" }

    /// What the files are to say.
    struct Content: Sendable, Equatable {
        var hosts: String
        var hostname: String
        var resolvConf: String
    }

    /// Throws `KernelError`.
    func write(_ content: Content) throws {
        try Directories.make(directory, mode: 0o711)
        try TextFile.write(content.hosts, to: hosts)
        try TextFile.write(content.hostname, to: hostname)
        try TextFile.write(content.resolvConf, to: resolvConf)
    }

    /// Succeeds when there is nothing. Throws `KernelError`.
    func remove() throws {
        for path in [hosts, hostname, resolvConf] where unlink(path) != 0 && errno != ENOENT {
            throw KernelError(operation: "unlink \(path)", code: errno)
        }
        if rmdir(directory) != 0, errno != ENOENT { throw KernelError(operation: "rmdir \(directory)", code: errno) }
    }
}
