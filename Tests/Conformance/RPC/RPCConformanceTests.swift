// A client in another language, written from the protocol's description, against the test services and the real ones.
import Contracts
import Foundation
import Glibc
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

    @Test(.enabled(if: geteuid() == 0, "only root can become another user")) func forAUserWhoIsNotServed() async throws {
        let python = try await PythonWithCBOR.shared()
        let copy = try python.copyForOthers()
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try await withNIOService { try await python.run(service: "forbidden", at: $0, scripts: copy, uid: 65534) }
        try await withEventService { try await python.run(service: "forbidden", at: $0, scripts: copy, uid: 65534) }
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

    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().path

    /// Runs test_rpc.py, as another user if one is given. Fails with what it printed.
    func run(
        service: String, at socket: String, _ more: [String] = [], scripts: String = scripts, uid: UInt32 = geteuid()
    ) async throws {
        let arguments = ["-B", "\(scripts)/test_rpc.py", service, socket] + more
        let command =
            uid == geteuid()
            ? Command(interpreter, arguments)
            : Command("/usr/bin/setpriv", ["--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", interpreter] + arguments)
        let result = try await command.run()
        #expect(result.code == 0, "\(result)")
    }

    /// A directory with the scripts that every user can read; the sources may be somewhere private.
    func copyForOthers() throws -> String {
        let directory = "/tmp/berth-conformance-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        for name in ["test_rpc.py", "berth_rpc.py"] {
            try FileManager.default.copyItem(atPath: "\(Self.scripts)/\(name)", toPath: "\(directory)/\(name)")
        }
        return directory
    }

    private static func make() async throws -> PythonWithCBOR {
        let system = PythonWithCBOR(interpreter: "/usr/bin/python3")
        if try await system.hasCBOR() { return system }
        // Beside the programs under test, for the next run too: nothing is left elsewhere on the host.
        let directory = "\(BuildProducts.directory)/conformance-python"
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
