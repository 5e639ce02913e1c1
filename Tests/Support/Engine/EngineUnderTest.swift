// A real engine for a test: the built services, started by berthctl, apart from every other engine on the host.
import Contracts
import Foundation
import Glibc
import ServiceKit

/// Has a root, run directory, bridge, subnet, nftables table and control group of its own.
public struct EngineUnderTest: Sendable {
    /// What the image of `importBusybox` is called.
    public static let image = "busybox"

    public let layout: EngineLayout
    public let name: String
    public let bridge: String
    /// The bridge's address in CIDR notation.
    public let bip: String
    public let nftablesTable: String
    public let cgroupParent: String
    public let binaries: String
    private let directory: String

    public var dockerHost: String { "unix://\(layout.gatewaySocket)" }
    /// The bridge's address alone.
    public var bridgeAddress: String { String(bip.prefix { $0 != "/" }) }
    /// Where the services log.
    public var logs: String { "\(layout.run)/log" }

    /// Names an engine; nothing is started or made yet. `binaries` is the directory with berthctl and the services.
    /// `cgroupParent` is made up when it is nil.
    public init(binaries: String = BuildProducts.directory, cgroupParent: String? = nil) {
        let number = UInt16.random(in: 0 ... .max)
        name = "berth-test-\(getpid())-\(number)"
        directory = "/tmp/\(name)"
        layout = EngineLayout(root: "\(directory)/root", run: "\(directory)/run")
        bridge = "bt\(number)"
        bip = "10.\(100 + number % 100).\(number >> 8).1/24"
        nftablesTable = "berth_test_\(getpid())_\(number)"
        self.cgroupParent = cgroupParent ?? "/\(name)"
        self.binaries = binaries
    }

    /// Starts an engine, lets `body` use it, and takes it down again. Throws when something of it is left on the host.
    public static func with<R>(
        binaries: String = BuildProducts.directory, _ body: (EngineUnderTest) async throws -> R
    ) async throws -> R {
        let engine = EngineUnderTest(binaries: binaries)
        do {
            try await engine.start()
            let result = try await body(engine)
            try await engine.takeDown()
            return result
        } catch {
            try? await engine.takeDown()
            throw error
        }
    }

    /// Starts the services, or starts them again after `stop`, and waits until the gateway answers.
    /// Without `logLevel`, the configuration's counts. `entering` is what a shell does before it becomes berthctl, such as moving to a
    /// control group; `flags` are more of berthctl's, and `program` is what is called instead of `berthctl up`.
    public func start(
        logLevel: String? = "debug", entering: String = ":", program: String? = nil, flags more: [String] = []
    ) async throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/client", withIntermediateDirectories: true)
        let pool = "base=10.\(200 + (Int(bip.split(separator: ".")[2]) ?? 0) % 50).0.0/16,size=24"
        let flags = [
            "--detach", "--wait-seconds", "120", "--bridge", bridge, "--bip", bip, "--default-address-pool", pool,
            "--nftables-table", nftablesTable, "--cgroup-parent", cgroupParent,
        ]
        let command = program.map { [$0] } ?? ["\(binaries)/berthctl", "up"]
        let arguments = command + paths + flags + (logLevel.map { ["--log-level", $0] } ?? []) + more
        let result = try await Command(
            "/bin/sh", ["-c", "\(entering) && exec \"$@\"", "sh"] + arguments, timeout: .seconds(240)
        ).run()
        guard result.code == 0 else { throw CommandFailure(what: "berthctl up", result: result) }
    }

    /// Stops the services; containers go on.
    public func stop() async throws {
        try await control(["down"])
    }

    /// Ends everything and removes all files. Throws when something is left on the host.
    public func takeDown() async throws {
        try await control(["down", "--all"])
        let left = HostInventory.capture(of: self)
        try FileManager.default.removeItem(atPath: directory)
        guard left.isEmpty else { throw LeftOvers(inventory: left) }
    }

    /// Runs berthctl for this engine. Throws when it fails.
    @discardableResult
    public func control(_ arguments: [String]) async throws -> CommandResult {
        let result = try await Command("\(binaries)/berthctl", arguments + paths, timeout: .seconds(240)).run()
        guard result.code == 0 else { throw CommandFailure(what: "berthctl \(arguments.joined(separator: " "))", result: result) }
        return result
    }

    var paths: [String] { ["--root", layout.root, "--run", layout.run] }

    /// Imports the busybox image through the Docker client.
    public func importBusybox() async throws {
        let archive = try await BusyboxImage.archive()
        let result = try await docker(["import", "-", Self.image], stdin: archive)
        guard result.code == 0 else { throw CommandFailure(what: "docker import", result: result) }
    }
}

/// Things an engine left on the host after it was taken down.
public struct LeftOvers: Error, CustomStringConvertible {
    public var inventory: HostInventory
    public var description: String { "left on the host after the engine was taken down:\n\(inventory.text)" }
}

public struct CommandFailure: Error, CustomStringConvertible {
    public var what: String
    public var result: CommandResult
    public var description: String { "\(what): \(result)" }

    public init(what: String, result: CommandResult) {
        self.what = what
        self.result = result
    }
}

public enum BuildProducts {
    /// Where the running program was built, and the services with it.
    public static var directory: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: own).deletingLastPathComponent().path
    }
}
