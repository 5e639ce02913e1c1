// Undoes what an engine that is stopped has left on the host: its networks, firewall rules and control groups.
import Contracts
import Foundation
import Glibc
import ServiceKit

struct EnginePurge {
    static let timeout = Duration.seconds(60)

    var layout: EngineLayout
    var configuration: EngineConfiguration
    /// Of the services' executables.
    var directory: String

    func run() throws {
        try purgeNetwork()
        for hierarchy in Self.cgroupMounts(try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) {
            removeEmptyGroups("\(hierarchy)\(configuration.cgroupParent)")
        }
    }

    private func purgeNetwork() throws {
        let program = "\(directory)/berth-network"
        var arguments = ["--purge", "--root", layout.root, "--run", layout.run]
        if FileManager.default.fileExists(atPath: layout.effectiveConfiguration) {
            arguments += ["--config", layout.effectiveConfiguration]
        }
        let child = ChildProcess(
            path: program, arguments: arguments, descriptors: [STDOUT_FILENO: STDERR_FILENO, STDERR_FILENO: STDERR_FILENO])
        let pid = try child.spawn()
        let deadline = ContinuousClock.now + Self.timeout
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) != pid {
            if ContinuousClock.now >= deadline { kill(pid, SIGKILL) }
            var pause = timespec(.milliseconds(10))
            nanosleep(&pause, nil)
        }
        let exit = ChildExit(waitStatus: status)
        guard exit == .code(0) else {
            throw PurgeFailure(description: "\(program) --purge failed (\(exit)); see its words above, and try again")
        }
    }

    /// A group that still has processes stays, and so do its parents: rmdir refuses.
    private func removeEmptyGroups(_ path: String) {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for entry in entries {
            var status = stat()
            guard lstat("\(path)/\(entry)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            removeEmptyGroups("\(path)/\(entry)")
        }
        rmdir(path)
    }

    /// Mount points of all control group hierarchies, of both versions.
    static func cgroupMounts(_ mounts: String) -> [String] {
        mounts.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[2] == "cgroup" || fields[2] == "cgroup2" else { return nil }
            return String(fields[1])
        }
    }
}

struct PurgeFailure: Error, CustomStringConvertible {
    var description: String
}
