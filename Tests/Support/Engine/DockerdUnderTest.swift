// Debian's dockerd for comparison, apart from any other on the host, and without a trace after it.
import Foundation
import Glibc
import ServiceKit

/// Has a socket, data root, exec root and bridge of its own; leaves the host's firewall alone.
public struct DockerdUnderTest: Sendable {
    public let socket: String
    private let directory: String
    private let bridge: String
    private let pid: Int32

    /// - Parameters:
    ///   - programs: A directory with dockerd, containerd and runc.
    ///   - entering: What a shell does before it becomes dockerd, such as moving to a control group.
    ///   - flags: More of dockerd's.
    public static func start(programs: String, entering: String = ":", flags: [String] = []) async throws -> DockerdUnderTest {
        let number = UInt16.random(in: 0 ... .max)
        let directory = "/tmp/berth-dockerd-\(number)"
        let bridge = "bd\(number)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(filePath: "\(directory)/daemon.json"))
        try await ip(["link", "add", bridge, "type", "bridge"])
        try await ip(["addr", "add", "10.\(210 + number % 40).\(number >> 8).1/24", "dev", bridge])
        try await ip(["link", "set", bridge, "up"])
        let socket = "\(directory)/docker.sock"
        let arguments =
            [
                "\(programs)/dockerd", "--config-file", "\(directory)/daemon.json", "--host", "unix://\(socket)", "--data-root",
                "\(directory)/data", "--exec-root", "\(directory)/exec", "--pidfile", "\(directory)/pid", "--bridge", bridge,
                "--iptables=false", "--ip-masq=false",
            ] + flags
        let log = open("\(directory)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw SystemCallError("open", "\(directory)/log") }
        defer { close(log) }
        let script = "\(entering); export PATH=\(programs):$PATH; exec \"$@\""
        let pid = try ChildProcess(
            path: "/bin/sh", arguments: ["-c", script, "sh"] + arguments, descriptors: [STDOUT_FILENO: log, STDERR_FILENO: log]
        ).spawn()
        let daemon = DockerdUnderTest(socket: socket, directory: directory, bridge: bridge, pid: pid)
        do {
            try await eventually("an answer of dockerd (see \(directory)/log)") {
                (try? UnixHTTPClient(socketPath: socket, timeout: .seconds(2)).request("GET", "/_ping"))?.status == 200 ? true : nil
            }
        } catch {
            try? await daemon.stop()
            throw error
        }
        return daemon
    }

    /// Ends it and removes what it made on the host. Its containers must be gone.
    public func stop() async throws {
        kill(pid, SIGTERM)
        try await eventually("the end of dockerd") {
            var status: Int32 = 0
            return waitpid(pid, &status, WNOHANG) == pid ? true : nil
        }
        try await Self.ip(["link", "delete", bridge])
        // What was unmounted a moment ago may still be busy.
        try await eventually("the end of dockerd's mounts and files") {
            for mount in try mountsBelow() { umount2(mount, Int32(MNT_DETACH)) }
            try? FileManager.default.removeItem(atPath: directory)
            return FileManager.default.fileExists(atPath: directory) ? nil : true
        }
    }

    private func mountsBelow() throws -> [String] {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).split(separator: "\n")
        return mounts.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }.filter { $0.hasPrefix(directory + "/") }
            .sorted(by: >)
    }

    private static func ip(_ arguments: [String]) async throws {
        let result = try await Command("/usr/sbin/ip", arguments).run()
        guard result.code == 0 else { throw CommandFailure(what: "ip \(arguments.joined(separator: " "))", result: result) }
    }
}

/// Where dockerd comes from: the host, or Debian's packages, unpacked and not installed.
public enum DockerdPrograms {
    /// nil when it isn't installed.
    public static var installed: String? { FileManager.default.isExecutableFile(atPath: "/usr/sbin/dockerd") ? "/usr/sbin" : nil }

    public static func find() async throws -> String {
        if let installed { return installed }
        let directory = "/tmp/berth-dockerd-packages"
        let programs = "\(directory)/programs"
        if FileManager.default.isExecutableFile(atPath: "\(programs)/dockerd") { return programs }
        let script = """
            set -e
            mkdir -p "$1/programs"; chmod 755 "$1"; cd "$1"
            apt-get download -qq docker.io containerd runc
            for package in *.deb; do dpkg-deb -x "$package" unpacked; done
            # Not links to programs of further packages.
            find -L unpacked/usr/bin unpacked/usr/sbin -type f -exec cp -t programs {} \\;
            """
        let result = try await Command("/bin/bash", ["-c", script, "bash", directory], timeout: .seconds(600)).run()
        guard result.code == 0 else { throw CommandFailure(what: "fetching Debian's dockerd", result: result) }
        return programs
    }
}
