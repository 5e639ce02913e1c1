// The real berth-shim, listening in a directory of its own, with a busybox root filesystem for its containers.
import CLinux
import Contracts
import Foundation
import Glibc
import Logging
import RPC
import RPCNIO

/// What a test needs of a host. `tearDown` leaves nothing of it.
final class ShimHost: Sendable {
    let directory: String
    let layout: EngineLayout
    let cgroupParent: String
    let listener: pid_t
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    var listenPath: String { "\(directory)/s" }
    var rootfs: String { "\(directory)/rootfs" }

    init() throws {
        directory = try TemporaryPath.make("shim")
        layout = EngineLayout(root: "\(directory)/l", run: "\(directory)/r")
        cgroupParent = "/" + directory.split(separator: "/").joined(separator: "-")
        try Busybox.install(in: "\(directory)/rootfs")
        listener = try Self.spawn(["--listen", "\(directory)/s", "--run", "\(directory)/r"])
    }

    /// Beside the test bundle, or where `BERTH_BIN_DIR` says.
    static var binary: String {
        let directory =
            ProcessInfo.processInfo.environment["BERTH_BIN_DIR"]
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let candidates = [directory, URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path]
        return candidates.map { "\($0)/berth-shim" }.first { access($0, X_OK) == 0 } ?? "\(directory)/berth-shim"
    }

    static func spawn(_ arguments: [String]) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = ([binary] + arguments).map { strdup($0) } + [nil]
        defer { for argument in argv { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, binary, nil, &attributes, &argv, environ)
        guard result == 0 else { throw RPCError(.internalError, "posix_spawn \(binary): errno \(result)") }
        return pid
    }

    /// A connection to a fresh shim.
    func connect() async throws -> RPCConnection {
        try await Eventually.value { try await RPCConnection.connect(path: self.listenPath, expecting: "shim", logger: self.logger) }
    }

    /// A connected socket on which nothing is said.
    func connectRaw() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: listenPath.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw RPCError(.internalError, "connect \(listenPath): errno \(errno)") }
        return descriptor
    }

    /// A connection to the shim that holds a container.
    func connect(to id: String) async throws -> RPCConnection {
        try await RPCConnection.connect(path: layout.shimSocket(of: id), expecting: "shim", logger: logger)
    }

    func container() async throws -> TestContainer { TestContainer(host: self, connection: try await connect()) }

    func stopListener(_ signal: Int32 = SIGTERM) {
        kill(listener, signal)
        var status: Int32 = 0
        while waitpid(listener, &status, 0) < 0, errno == EINTR {}
    }

    /// Ends the listener and whatever shims a failed test left, by their pids.
    func tearDown() {
        for pid in ProcessTable.processes(inGroupsBelow: cgroupParent) { kill(pid, SIGKILL) }
        let shims = ProcessTable.shims(listeningAt: listenPath)
        stopListener()
        for pid in shims { kill(pid, SIGKILL) }
        for path in CgroupPaths.all(cgroupParent) { CgroupPaths.remove(path) }
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// Runs a test with a host and leaves nothing of it, whatever happens.
func withShimHost(_ body: (ShimHost) async throws -> Void) async throws {
    let host = try ShimHost()
    defer { host.tearDown() }
    try await body(host)
}

enum Busybox {
    static func install(in directory: String) throws {
        for name in ["bin", "dev", "etc", "proc", "sys", "tmp"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: "\(directory)/bin/busybox")
        for name in ["sh", "cat", "echo", "sleep", "yes", "head", "stty", "wc", "seq", "true", "tail"] {
            try FileManager.default.createSymbolicLink(atPath: "\(directory)/bin/\(name)", withDestinationPath: "busybox")
        }
        try "root:x:0:0:root:/:/bin/sh\n".write(toFile: "\(directory)/etc/passwd", atomically: false, encoding: .utf8)
        try "root:x:0:\n".write(toFile: "\(directory)/etc/group", atomically: false, encoding: .utf8)
    }
}

/// Control groups of a test, in every hierarchy that is mounted.
enum CgroupPaths {
    static func all(_ parent: String) -> [String] {
        let table = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let mounts = table.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count > 2 && $0[2].hasPrefix("cgroup") }
        return Set(mounts.map { String($0[1]) + parent }).filter { access($0, F_OK) == 0 }.sorted()
    }

    /// Depth first: a group goes only when it has no children.
    static func remove(_ path: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            var status = stat()
            if lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR { remove("\(path)/\(name)") }
        }
        rmdir(path)
    }

    /// The containers' own groups.
    static func children(_ parent: String) -> [String] {
        all(parent).flatMap { path in
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter {
                var status = stat()
                return lstat("\(path)/\($0)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }.map { "\(path)/\($0)" }
        }
    }
}

enum ProcessTable {
    static var pids: [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
    }

    static func isAlive(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = status.lastIndex(of: ")")
        else { return false }
        return !status[end...].dropFirst(2).hasPrefix("Z")
    }

    static func children(of parent: pid_t) -> [pid_t] {
        let text = (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    static func descriptors(of pid: pid_t) -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []).count
    }

    /// The listener's own forks keep its command line.
    static func shims(listeningAt path: String) -> [pid_t] {
        pids.filter { pid in
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return line.contains("berth-shim\0--listen\0\(path)\0")
        }
    }

    static func processes(inGroupsBelow parent: String) -> [pid_t] {
        CgroupPaths.children(parent).flatMap { path in
            ((try? String(contentsOfFile: "\(path)/cgroup.procs", encoding: .utf8)) ?? "").split(separator: "\n").compactMap { pid_t($0) }
        }
    }
}

/// Waits for what happens in other processes.
enum Eventually {
    static let deadline = Duration.seconds(60)

    /// The first success; the last failure when none comes in time.
    static func value<Value>(_ attempt: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + deadline
        while true {
            do { return try await attempt() } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    static func holds(_ condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + deadline
        while try await !condition() {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }
}
