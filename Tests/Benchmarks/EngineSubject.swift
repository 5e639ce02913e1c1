// An engine that is measured through its command line.
import ArgumentParser
import CLinux
import Foundation
import Glibc
import TestSupport

enum EngineSubjectKind: String, CaseIterable, Sendable, ExpressibleByArgument {
    case berth, dockerd, podman
}

/// docker and podman take the same words; what differs is said at the start.
struct EngineSubject: Sendable {
    let name: String
    let meter: CPUMeter
    /// Of the API; nil for an engine without.
    let socket: String?
    /// The program with the flags that all its commands need.
    private let client: [String]
    private let environment: [String: String]
    /// Flags for a registry without TLS.
    private let insecure: [String]
    /// A path on the file system that the engine's store is on.
    private let storage: String
    /// Whether the engine's memory is that of a process that stays.
    private let isService: Bool
    private let stopping: @Sendable () async throws -> Void

    /// nil when the host doesn't have it.
    static func start(_ kind: EngineSubjectKind, binaries: String, directory: String) async throws -> EngineSubject? {
        switch kind {
        case .berth: return docker(try await BerthEngine.start(binaries: binaries), directory)
        case .dockerd:
            guard let programs = try? await DockerdPrograms.find() else { return nil }
            return docker(try await Dockerd.start(programs: programs), directory)
        case .podman: return try podman(directory)
        }
    }

    private static func docker(_ engine: some MeasuredEngine, _ directory: String) -> EngineSubject {
        EngineSubject(
            name: engine.name, meter: engine.meter, socket: engine.socket, client: [EngineUnderTest.client],
            environment: ["DOCKER_HOST": "unix://\(engine.socket)"],
            insecure: [], storage: directory, isService: true, stopping: { try await engine.stop() })
    }

    /// Has no daemon: each command is the engine, and is measured whole.
    private static func podman(_ directory: String) throws -> EngineSubject? {
        let program = "/usr/bin/podman"
        guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
        let meter = try CPUMeter(name: "berth-bench-podman-\(getpid())")
        let flags = [
            "--root", "\(directory)/podman/root", "--runroot", "\(directory)/podman/run", "--storage-driver", "overlay",
            "--cgroup-manager", "cgroupfs",
        ]
        return EngineSubject(
            name: "podman", meter: meter, socket: nil,
            client: ["/bin/sh", "-c", "\(meter.entering) && exec \"$@\"", "sh", program] + flags,
            environment: [:], insecure: ["--tls-verify=false"], storage: directory, isService: false,
            stopping: {
                umount2("\(directory)/podman/root/overlay", Int32(MNT_DETACH))
                meter.remove()
            })
    }

    func stop() async throws { try await stopping() }

    /// Runs a command of the engine's client. Throws when it fails.
    @discardableResult
    func run(_ words: [String], touchesRegistry: Bool = false) async throws -> String {
        let arguments = client.dropFirst() + words.prefix(1) + (touchesRegistry ? insecure : []) + words.dropFirst()
        let result = try await Command(client[0], Array(arguments), environment: environment, timeout: .seconds(600)).run()
        guard result.code == 0 else { throw CommandFailure(what: "\(name): \(words.joined(separator: " "))", result: result) }
        return result.line
    }

    /// Runs a command whose output is too long to be kept. Throws when it fails.
    func discardOutput(of words: [String]) async throws {
        let arguments = ["-c", "exec \"$@\" > /dev/null", "sh"] + client + words
        let result = try await Command("/bin/sh", arguments, environment: environment, timeout: .seconds(600)).run()
        guard result.code == 0 else { throw CommandFailure(what: "\(name): \(words.joined(separator: " "))", result: result) }
    }

    /// Writes everything back, so that nobody pays for what came before.
    func synchronize() async throws {
        try await Blocking.run { [storage] in
            let directory = open(storage, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0, clinux_syncfs(directory) == 0 else { throw POSIXError(.EIO) }
            close(directory)
        }
    }

    /// Waits until the engine is done with what it does after it has answered, such as deleting the files of an image. What one task left
    /// behind is no cost of the next.
    func settle() async throws {
        try await synchronize()
        var used = try meter.milliseconds()
        for _ in 0..<150 {
            await Blocking.pause(milliseconds: 200)
            let now = try meter.milliseconds()
            if now - used < 10 { return try await synchronize() }
            used = now
        }
    }

    /// Forgets the highest memory so far.
    func resetPeak() {
        guard isService else { return }
        for process in meter.processes() {
            let file = open("/proc/\(process)/clear_refs", O_WRONLY | O_CLOEXEC)
            if file >= 0 {
                _ = write(file, "5", 1)
                close(file)
            }
        }
    }

    /// Bytes that the engine's largest process took at most; nil for one that doesn't stay.
    func peak() -> Int? {
        guard isService else { return nil }
        return meter.processes().compactMap { process -> Int? in
            let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }.max()
    }
}
