// The services of an engine as processes: which they are, and their sudden death.
import Contracts
import Foundation
import Glibc
import ServiceKit

extension EngineUnderTest {
    public enum ServiceName: String, Sendable, CaseIterable {
        case gateway, images, network, shim
    }

    /// Flags for a gateway that may not make a socket where it is to be; nil where another user can't run it at all.
    public func unprivilegedGateway() async throws -> [String]? {
        let gateway = "\(binaries)/berth-gateway"
        let result = try await Command("/usr/sbin/runuser", ["-u", "nobody", "--", "test", "-x", gateway]).run()
        return result.code == 0 ? ["--gateway-user", "nobody"] : nil
    }

    /// The process that starts the services again.
    public func supervisorPID() throws -> Int32? { try record().supervisor }

    private struct Record: Decodable {
        struct Service: Decodable {
            var name: String
            var pid: Int32?
            var restarts: Int
        }
        var supervisor: Int32?
        var services: [Service]
    }

    /// The process of a service; nil while it is being started again.
    public func pid(of service: ServiceName) throws -> Int32? {
        try record().services.first { $0.name == service.rawValue }?.pid
    }

    /// Sends services a signal, all at once, and waits until each has ended and been started again.
    public func kill(_ services: [ServiceName], with signal: Int32 = SIGKILL) async throws {
        let before = try record().services.filter { service in services.contains { $0.rawValue == service.name } }
        for service in before {
            if let pid = service.pid { Glibc.kill(pid, signal) }
        }
        try await eventually("restart of \(services)") {
            let now = try record().services
            let areBack = before.allSatisfy { old in
                now.contains { $0.name == old.name && $0.restarts > old.restarts && $0.pid != nil }
            }
            return areBack ? true : nil
        }
    }

    /// Waits until every service answers.
    public func waitUntilHealthy() async throws {
        try await eventually("an answer from every service") {
            let result = try await Command("\(binaries)/berthctl", ["status"] + paths).run()
            return result.code == 0 ? true : nil
        }
    }

    private func record() throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(contentsOf: URL(filePath: "\(layout.run)/services.json")))
    }
}
