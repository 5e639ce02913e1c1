// berthctl status: which services answer.
import ArgumentParser
import Contracts
import Foundation
import Logging
import RPC
import RPCNIO
import ServiceKit

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows which services of an engine answer.",
        discussion: "Exits with 1 when one of them doesn't.")

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let layout = try engine.runningEngine().layout
        let report = await EngineStatus.collect(layout: layout)
        if json {
            try JSONOutput.print(report)
        } else {
            print("root \(layout.root), run directory \(layout.run), \(report.shims) containers with a shim")
            print(TextTable(header: ["SERVICE", "PID", "RESTARTS", "ANSWERS"], rows: report.services.map(\.row)).text)
        }
        if report.services.contains(where: { $0.problem != nil }) { throw ExitCode.failure }
    }
}

/// The state of an engine at one moment.
struct EngineStatus: Codable, Equatable {
    struct Service: Codable, Equatable {
        var name: String
        /// Known only of services that `berthctl up` supervises.
        var pid: Int32?
        var restarts: Int?
        /// Why it doesn't answer; nil when it does.
        var problem: String?

        var row: [String] {
            [name, pid.map { "\($0)" } ?? "-", restarts.map { "\($0)" } ?? "-", problem ?? "yes"]
        }
    }

    var root: String
    var run: String
    var shims: Int
    var services: [Service]

    static let timeout = Duration.seconds(5)

    static func collect(layout: EngineLayout) async -> EngineStatus {
        let record = RunLock.holder(layout: layout) == nil ? nil : SupervisorRecord.read(from: layout)
        func service(_ name: String, _ problem: String?) -> Service {
            let known = record?.services.first { $0.name == name }
            return Service(name: name, pid: known?.pid, restarts: known?.restarts, problem: problem)
        }
        let services = [
            service("gateway", gatewayProblem(layout.gatewaySocket)),
            service("images", await problem(layout.imagesSocket) { _ = try await $0.call(ListSnapshots.self, RPCNothing(), context: $1) }),
            service("network", await problem(layout.networkSocket) { _ = try await $0.call(ListNetworks.self, RPCNothing(), context: $1) }),
            service("shim", await problem(layout.shimSocket) { _, _ in }),
        ]
        return EngineStatus(
            root: layout.root, run: layout.run, shims: ShimScan(layout: layout).containerIDs().count, services: services)
    }

    private static func gatewayProblem(_ socket: String) -> String? {
        do {
            let reply = try UnixHTTPClient(socketPath: socket, timeout: timeout).request("GET", "/_ping")
            return reply.status == 200 ? nil : "status \(reply.status): \(reply.text)"
        } catch {
            return "\(error)"
        }
    }

    private static func problem(
        _ socket: String, _ question: @Sendable (RPCConnection, RPCContext) async throws -> Void
    ) async -> String? {
        do {
            let connection = try await RPCConnection.connect(path: socket, logger: .silent)
            let answer = await Result { try await question(connection, .fresh(timeout: timeout)) }
            await connection.close()
            try answer.get()
            return nil
        } catch let error as RPCError {
            return error.message
        } catch {
            return "\(error)"
        }
    }
}

extension Result where Failure == any Error {
    /// The outcome of asynchronous work, kept for after a clean-up.
    init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
