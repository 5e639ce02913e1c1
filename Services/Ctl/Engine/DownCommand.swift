// berthctl down: stops an engine that `up` started and, if asked, undoes what it did to the host.
import ArgumentParser
import Contracts
import Foundation
import Glibc
import ServiceKit

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stops an engine started by up.",
        discussion: """
            Without a flag, containers go on running, and the next up finds them again. --purge leaves the host as it was before the \
            engine, except for its images and records below --root; --all removes these too.
            """)

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Kill and remove all containers first.")
    var containers = false

    @Flag(help: "Remove containers, networks, firewall rules, control groups and the run directory as well.")
    var purge = false

    @Flag(help: "Do what --purge does, and remove images and all other durable state.")
    var all = false

    @Option(help: "Directory of the services' executables (default: where berthctl finds them).")
    var libexec: String?

    func run() async throws {
        let (layout, configuration) = try engine.runningEngine()
        let removesContainers = containers || purge || all
        let programs = libexec ?? ExecutablePath.services
        let removal = ContainerRemoval(layout: layout, cgroupParent: configuration.cgroupParent, directory: programs)
        if removesContainers { removal.removeThroughGateway() }
        try stopSupervisor(layout)
        if removesContainers { try await removal.removeThroughShims() }
        guard purge || all else { return }
        try EnginePurge(layout: layout, configuration: configuration, directory: programs).run()
        try remove(layout.run)
        if all { try remove(layout.root) }
    }

    private func stopSupervisor(_ layout: EngineLayout) throws {
        guard let pid = RunLock.holder(layout: layout) else {
            print("No engine runs in \(layout.run).")
            return
        }
        guard kill(pid, SIGTERM) == 0 || errno == ESRCH else { throw SystemCallError("stop", "process \(pid)") }
        // It holds the lock to its last moment. The process itself may be seen for ever where nobody asks how it ended.
        guard ProcessExit.poll(Supervisor.longestStop, { RunLock.holder(layout: layout) != pid }) else {
            throw ValidationError("the engine (process \(pid)) did not stop; see \(layout.logs)")
        }
        print("The engine in \(layout.run) is stopped.")
    }

    /// A directory that is a mount point stays, empty.
    private func remove(_ directory: String) throws {
        guard FileManager.default.fileExists(atPath: directory) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        guard rmdir(directory) == 0 || errno == EBUSY else { throw SystemCallError("remove", directory) }
    }
}
