// A client in another language, written from the protocol's description, against the test services and the real ones.
import Contracts
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct RPCConformanceTests {
    @Test func overNIO() async throws {
        let python = try await PythonWithCBOR.shared()
        try await withNIOService { try await python.run(service: "nio", at: $0) }
    }

    @Test func overTheEventLoop() async throws {
        let python = try await PythonWithCBOR.shared()
        try await withEventService { try await python.run(service: "event", at: $0) }
    }

    @Test func againstALiveShimAndALiveImageService() async throws {
        let python = try await PythonWithCBOR.shared()
        try await EngineUnderTest.with { engine in
            try await python.run(service: "shim", at: engine.layout.shimSocket, [engine.layout.root, engine.layout.run])
            try await python.run(service: "images", at: engine.layout.imagesSocket)
        }
    }
}

/// An interpreter that has the cbor2 package: the system's, or a virtual environment that is kept for the next run.
struct PythonWithCBOR: Sendable {
    private let interpreter: String

    private static let making = Task { try await make() }

    static func shared() async throws -> PythonWithCBOR { try await making.value }

    /// Runs test_rpc.py. Fails with what it printed.
    func run(service: String, at socket: String, _ more: [String] = []) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "test_rpc.py").path
        let result = try await Command(interpreter, ["-B", script, service, socket] + more).run()
        #expect(result.code == 0, "\(result)")
    }

    private static func make() async throws -> PythonWithCBOR {
        let system = PythonWithCBOR(interpreter: "/usr/bin/python3")
        if try await system.hasCBOR() { return system }
        let directory = FileManager.default.temporaryDirectory.appending(path: "berth-conformance-python-\(getuid())").path
        let own = PythonWithCBOR(interpreter: "\(directory)/bin/python")
        if FileManager.default.fileExists(atPath: own.interpreter), try await own.hasCBOR() { return own }
        try await require(Command(system.interpreter, ["-m", "venv", directory]))
        try await require(Command(own.interpreter, ["-m", "pip", "install", "--quiet", "cbor2"], timeout: .seconds(300)))
        return own
    }

    private func hasCBOR() async throws -> Bool { try await Command(interpreter, ["-c", "import cbor2"]).run().code == 0 }

    private static func require(_ command: Command) async throws {
        let result = try await command.run()
        guard result.code == 0 else { throw CommandFailure(what: command.arguments.joined(separator: " "), result: result) }
    }
}
