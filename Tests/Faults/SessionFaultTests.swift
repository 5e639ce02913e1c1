// Clients' sessions go on while the gateway is gone: their connections are their containers' own.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Faults {
    @Suite struct Sessions {
        /// A docker client whose stdin is written, and whose stdout is read, line by line.
        private final class Session: @unchecked Sendable {
            let process = Process()
            private let input = Pipe()
            private let output = Pipe()
            private var received = ""

            init(_ engine: EngineUnderTest, _ arguments: [String]) throws {
                process.executableURL = URL(fileURLWithPath: EngineUnderTest.client)
                process.arguments = arguments
                process.environment = ["DOCKER_HOST": "unix://\(engine.layout.gatewaySocket)", "HOME": "/nonexistent"]
                process.standardInput = input
                process.standardOutput = output
                process.standardError = output
                try process.run()
            }

            func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

            func endInput() throws { try input.fileHandleForWriting.close() }

            /// Reads until the text has come, or the end.
            func read(until text: String) async throws -> String {
                try await Blocking.run { [self] in
                    while !received.contains(text) {
                        let data = output.fileHandleForReading.availableData
                        if data.isEmpty { break }
                        received += String(decoding: data, as: UTF8.self)
                    }
                    return received
                }
            }

            func exitCode() async throws -> Int32 {
                try await Blocking.run { [self] in
                    process.waitUntilExit()
                    return process.terminationStatus
                }
            }
        }

        @Test func execAndAttachOutliveTheGateway() async throws {
            try await EngineUnderTest.with { engine in
                try await engine.importBusybox()
                try await engine.dockerOutput(
                    "run", "-d", "-i", "--name", "kept", "busybox", "sh", "-c", "while read line; do echo got $line; done")
                let exec = try Session(engine, ["exec", "-i", "kept", "sh", "-c", "while read line; do echo said $line; done; exit 7"])
                let attached = try Session(engine, ["attach", "kept"])
                try exec.write("one\n")
                #expect(try await exec.read(until: "said one\n").contains("said one\n"))
                try attached.write("two\n")
                #expect(try await attached.read(until: "got two\n").contains("got two\n"))

                try await engine.kill([.gateway])
                try exec.write("three\n")
                #expect(try await exec.read(until: "said three\n").contains("said three\n"))
                try attached.write("four\n")
                #expect(try await attached.read(until: "got four\n").contains("got four\n"))
                try await eventually("the API again") { try? await engine.dockerOutput("ps", "-q") }

                // The client asks for the exit code of an exec that this gateway hasn't started.
                try exec.endInput()
                #expect(try await exec.exitCode() == 7)
                try await engine.dockerOutput("rm", "-f", "kept")
                _ = try await attached.exitCode()
            }
        }
    }
}
