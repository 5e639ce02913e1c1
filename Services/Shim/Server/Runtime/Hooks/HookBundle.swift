// What a hook is told of the container, in the forms of the OCI runtime specification.
import Contracts
import Glibc
import Linux
import RPC

/// A directory with `config.json` and the container's root. It is mounted over the container's work directory, in a mount namespace that
/// is soon gone: nothing of it is on disk, and nothing is left.
struct HookBundle {
    let directory: String
    private let id: String
    private let configuration: Configuration

    private static let version = "1.0.2"

    /// As far as hooks ask for it.
    private struct Configuration: Encodable {
        struct Root: Encodable {
            var path: String
            var readonly: Bool
        }
        struct Process: Encodable {
            var terminal: Bool
            var args: [String]
            var env: [String]
            var cwd: String
        }
        var ociVersion = version
        var root: Root
        var hostname: String
        var process: Process
    }

    private struct State: Encodable {
        var ociVersion = version
        var id: String
        var status = "creating"
        var pid: Int32
        var bundle: String
        var annotations: [String: String] = [:]
    }

    var root: String { directory + "/rootfs" }

    init(_ spec: ContainerSpec) {
        directory = spec.rootfs.work
        id = spec.id
        let process = Configuration.Process(
            terminal: spec.process.terminal, args: spec.process.arguments, env: spec.process.environment, cwd: spec.process.workingDirectory
        )
        configuration = Configuration(
            root: .init(path: spec.rootfs.work + "/rootfs", readonly: spec.rootfs.readonly), hostname: spec.hostname, process: process)
    }

    /// What a hook reads from its standard input.
    func state(pid: Int32) throws(Errno) -> String { try Self.json(State(id: id, pid: pid, bundle: directory)) }

    func make() throws(Errno) {
        let attributes: MountAttributes = [.noSetuid, .noDevices, .noExecute]
        try DetachedMount.make("tmpfs", source: "tmpfs", options: [(key: "mode", value: "700")], attributes: attributes)
            .attach(at: directory)
        try Directory.makeAll(root)
        let path = directory + "/config.json"
        let file = creat(path, 0o600)
        guard file >= 0 else { throw Errno(code: errno, call: "create \(path)") }
        close(file)
        try SmallFile.write(try Self.json(configuration), to: path)
    }

    private static func json(_ value: some Encodable) throws(Errno) -> String {
        do {
            return String(decoding: try JSONText.encode(value), as: UTF8.self)
        } catch {
            throw Errno(code: EINVAL, call: "write JSON")
        }
    }
}
