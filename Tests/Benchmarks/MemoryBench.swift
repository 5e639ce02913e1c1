// Containers that idle, each in a shim of its own, in an engine of their own.
import CLinux
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO

/// Leaves nothing on the host once it is torn down.
final class MemoryBench {
    let listener: Int32
    private(set) var shims: [Int32] = []

    private let directory: String
    private let layout: EngineLayout
    private let cgroupParent: String
    private let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    private var containers: [(id: String, connection: RPCConnection)] = []

    init(program: String) throws {
        var template = Array("/tmp/berth-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RPCError(.internalError, "No directory below /tmp can be made.") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        layout = EngineLayout(root: "\(directory)/l", run: "\(directory)/r")
        cgroupParent = "/" + directory.split(separator: "/").joined(separator: "-")
        for name in ["bin", "dev", "etc", "proc", "sys", "tmp"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/rootfs/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: "\(directory)/rootfs/bin/busybox")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--listen", "\(directory)/s", "--run", layout.run]
        try process.run()
        listener = process.processIdentifier
    }

    /// Connects, so that as many shims wait for a container. Returns their pids.
    func warm(_ count: Int) async throws -> [Int32] {
        for number in 0..<count { containers.append(("bench\(number)", try await connect())) }
        return children()
    }

    /// Runs an idle container in each shim.
    func start() async throws -> [Int32] {
        for (id, connection) in containers {
            let adoption = AdoptContainer.Request(
                containerID: id, root: layout.root, run: layout.run, terminal: false, openStdin: false, stdinOnce: false, log: LogSpec())
            _ = try await connection.call(AdoptContainer.self, adoption)
            _ = try await connection.call(StartContainer.self, .init(spec: try spec(id)))
        }
        shims = children()
        return shims
    }

    /// Ends the containers and their shims, then the listener, and removes every file.
    func tearDown() async {
        for (_, connection) in containers {
            _ = try? await connection.call(SignalContainer.self, .init(signal: SIGKILL))
            // The end is recorded before a release is accepted.
            for _ in 0..<1000 {
                if (try? await connection.call(ReleaseShim.self, .init(removesContainerDirectory: true))) != nil { break }
                try? await Task.sleep(for: .milliseconds(10))
            }
            await connection.close()
        }
        kill(listener, SIGTERM)
        removeCgroups()
        // The containers' mounts go with their namespaces, a moment after the shims.
        for _ in 0..<1000 {
            try? FileManager.default.removeItem(atPath: directory)
            if !FileManager.default.fileExists(atPath: directory) { break }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private func spec(_ id: String) throws -> ContainerSpec {
        for name in ["upper", "work"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(id)/\(name)", withIntermediateDirectories: true)
        }
        let rootfs = RootfsSpec(lower: ["\(directory)/rootfs"], upper: "\(directory)/\(id)/upper", work: "\(directory)/\(id)/work")
        let process = ProcessSpec(arguments: ["/bin/busybox", "sleep", "100000"])
        return ContainerSpec(id: id, rootfs: rootfs, process: process, hostname: "bench", cgroup: CgroupSpec(parent: cgroupParent))
    }

    private func connect() async throws -> RPCConnection {
        var failure: (any Error)?
        for _ in 0..<1000 {
            do {
                return try await RPCConnection.connect(path: "\(directory)/s", expecting: "shim", logger: logger)
            } catch {
                failure = error
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw failure ?? RPCError(.unavailable, "The listener doesn't answer.")
    }

    private func children() -> [Int32] {
        let text = (try? String(contentsOfFile: "/proc/\(listener)/task/\(listener)/children", encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// The parent group, in every hierarchy.
    private func removeCgroups() {
        let table = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for mount in table.split(separator: "\n").map({ $0.split(separator: " ") }) where mount.count > 2 && mount[2].hasPrefix("cgroup") {
            rmdir(String(mount[1]) + cgroupParent)
        }
    }
}
