// The same script with Debian's dockerd and here.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

/// Runs a script of commands with the docker client at `$CLIENT`, in a directory `$D`; each part begins with a line `## name`.
enum TwoEngines {
    /// The lines that each part printed, by its name.
    typealias Outcomes = [String: [String]]

    /// Both have the image busybox. The other engine is one of its own for this.
    static func outcomes(of script: String) async throws -> (ours: Outcomes, theirs: Outcomes) {
        let engine = try Integration.engine
        let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find())
        do {
            let client = ["-H", "unix://\(dockerd.socket)", "import", "-", "busybox"]
            let imported = try await Command(EngineUnderTest.client, client, stdin: try await BusyboxImage.archive()).run()
            #expect(imported.code == 0, "\(imported)")
            async let ours = run(script, engine.layout.gatewaySocket)
            async let theirs = run(script, dockerd.socket)
            let outcomes = (ours: try await ours, theirs: try await theirs)
            try await dockerd.stop()
            return outcomes
        } catch {
            try? await dockerd.stop()
            throw error
        }
    }

    private static func run(_ script: String, _ socket: String) async throws -> Outcomes {
        let directory = "/tmp/berth-forms-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let variables = ["D": directory, "CLIENT": EngineUnderTest.client, "DOCKER_HOST": "unix://\(socket)"]
        let result = try await Command("/bin/bash", ["-c", script], environment: variables, timeout: .seconds(400)).run()
        var outcomes: Outcomes = [:]
        var form = ""
        for line in result.text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("## ") { form = String(line.dropFirst(3)) } else { outcomes[form, default: []].append(line) }
        }
        return outcomes
    }
}
