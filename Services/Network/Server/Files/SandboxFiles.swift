// The three files of a container's network, kept in one directory per container.
import Contracts
import Glibc

/// Paths of hosts, hostname and resolv.conf, and their making and removal. They are made anew at each start, so they
/// aren't synchronised.
struct SandboxFiles: Sendable, Equatable {
    let directory: String

    init(layout: EngineLayout, containerID: String) {
        directory = "\(Self.parent(layout))/\(containerID)"
    }

    static func parent(_ layout: EngineLayout) -> String { "\(layout.networkState)/files" }

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
