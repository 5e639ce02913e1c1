// The real service as a process in a testbed's host.
import Contracts
import Foundation
import Glibc
import Logging
import RPC
import RPCNIO
import ServiceKit
import TestSupport

@testable import NetworkServer

/// A running `berth-network`, and a client of it.
final class ServiceProcess: Sendable {
    let pid: Int32
    let client: RPCClient
    private let log: String

    /// `fault` is the name of a fault point at which it dies; `capabilities` are all that it can have, as `setpriv` takes them.
    init(_ bed: Testbed, fault: String? = nil, warmPool: Int = 0, capabilities: String? = nil) throws {
        try Directories.make(bed.layout.run, mode: 0o755)
        log = "\(bed.directory)/log"
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(output) }
        let variables = ProcessInfo.processInfo.environment.merging(fault.map { ["BERTH_FAULT": $0] } ?? [:]) { $1 }
        let program = try ["--net=\(bed.hostPath)"] + Self.arguments(bed, "--warm-pool", "\(warmPool)")
        let limited = capabilities.map { ["--bounding-set", $0, "/usr/bin/nsenter"] + program }
        let child = ChildProcess(
            path: limited == nil ? "/usr/bin/nsenter" : "/usr/bin/setpriv", arguments: limited ?? program,
            environment: variables.map { "\($0)=\($1)" }, descriptors: [STDOUT_FILENO: output, STDERR_FILENO: output])
        pid = try child.spawn()
        client = RPCClient(socketPath: bed.layout.networkSocket, service: "network", patience: .seconds(60), logger: Testbed.logger)
    }

    /// Runs it with `--purge`, to its end.
    static func purge(_ bed: Testbed) async throws {
        _ = try await Tool.run(["nsenter", "--net=\(bed.hostPath)"] + (try arguments(bed, "--purge")))
    }

    private static func arguments(_ bed: Testbed, _ more: String...) throws -> [String] {
        let config = "\(bed.directory)/daemon.json"
        try TextFile.write(try configuration(bed), to: config)
        return ["\(BuildProducts.directory)/berth-network", "--root", bed.layout.root, "--run", bed.layout.run, "--config", config] + more
    }

    private static func configuration(_ bed: Testbed) throws -> String {
        let pools = bed.configuration.defaultAddressPools.map { "{\"base\": \"\($0.base)\", \"size\": \($0.size)}" }
        return """
            {"bridge": "\(bed.configuration.bridge)", "nftables-table": "\(bed.configuration.nftablesTable)",
             "default-address-pools": [\(pools.joined(separator: ", "))]}
            """
    }

    func create(_ request: CreateSandbox.Request) async throws -> SandboxRecord {
        try await client.call(CreateSandbox.self, request)
    }

    func remove(_ containerID: String) async throws {
        _ = try await client.call(RemoveSandbox.self, .init(containerID: containerID, keepsFiles: false))
    }

    func list() async throws -> [SandboxRecord] {
        try await client.call(ListSandboxes.self, RPCNothing()).sandboxes
    }

    /// The signal that ended it, or 0 when it exited by itself.
    func waitForEnd() async throws -> Int32 {
        let pid = pid
        return try await Blocking.run {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f
        }
    }

    func stop(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        kill(pid, signal)
        return try await waitForEnd()
    }

    /// What it and its predecessors said.
    var words: String { (try? TextFile.read(log, limit: 1 << 20)) ?? "" }
}
