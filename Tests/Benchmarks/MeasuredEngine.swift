// The engines that are compared, behind one face.
import Contracts
import Foundation
import ServiceKit
import TestSupport

/// An engine that runs, with the busybox image.
protocol MeasuredEngine: Sendable {
    var name: String { get }
    var socket: String { get }
    var meter: CPUMeter { get }
    func stop() async throws
}

extension MeasuredEngine {
    func docker(_ arguments: [String], stdin: [UInt8] = []) async throws {
        let result = try await Command(
            EngineUnderTest.client, arguments, environment: ["DOCKER_HOST": "unix://\(socket)"], stdin: stdin
        ).run()
        guard result.code == 0 else { throw CommandFailure(what: "\(name): docker \(arguments.joined(separator: " "))", result: result) }
    }

    func importBusybox() async throws {
        try await docker(["import", "-", EngineUnderTest.image], stdin: try await BusyboxImage.archive())
    }

    /// Milliseconds that `docker run --rm busybox true` takes.
    func timeRun() async throws -> Double {
        let start = ContinuousClock.now
        try await docker(["run", "--rm", EngineUnderTest.image, "true"])
        return start.duration(to: .now).milliseconds
    }

    /// Milliseconds that one container takes from create to removal, by the API alone.
    func timeLifecycle() async throws -> Double {
        let client = UnixHTTPClient(socketPath: socket, timeout: .seconds(60))
        return try await Blocking.run {
            let start = ContinuousClock.now
            let type = [("Content-Type", "application/json")]
            let body = Array(#"{"Image":"\#(EngineUnderTest.image)","Cmd":["true"]}"#.utf8)
            let created = try client.request("POST", "/containers/create", headers: type, body: body).expecting(201)
            let id = try JSONDecoder().decode(Created.self, from: Data(created.body)).id
            _ = try client.request("POST", "/containers/\(id)/start").expecting(204)
            _ = try client.request("POST", "/containers/\(id)/wait").expecting(200)
            _ = try client.request("DELETE", "/containers/\(id)").expecting(204)
            return start.duration(to: .now).milliseconds
        }
    }
}

private struct Created: Decodable {
    var id: String
    private enum CodingKeys: String, CodingKey { case id = "Id" }
}

extension HTTPReply {
    struct Unexpected: Error, CustomStringConvertible {
        var description: String
    }

    func expecting(_ status: Int) throws -> HTTPReply {
        guard self.status == status else { throw Unexpected(description: "status \(self.status) instead of \(status): \(text)") }
        return self
    }
}

/// Berth, as it was built.
struct BerthEngine: MeasuredEngine {
    let name = "berth"
    let meter: CPUMeter
    private let engine: EngineUnderTest

    var socket: String { layout.gatewaySocket }
    var layout: EngineLayout { engine.layout }

    /// `flags` are more of berthctl's.
    static func start(binaries: String, flags: [String] = []) async throws -> BerthEngine {
        let meter = try CPUMeter(name: "berth-bench-\(getpid())")
        let engine = EngineUnderTest(binaries: binaries, cgroupParent: "\(meter.path)/containers")
        try await engine.start(logLevel: "info", entering: meter.entering, flags: flags)
        return BerthEngine(meter: meter, engine: engine)
    }

    func stop() async throws {
        try await engine.takeDown()
        meter.remove()
    }
}
