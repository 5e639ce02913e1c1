// Execs in real containers.
import Contracts
import Foundation
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite struct ExecTests {
        /// A container that runs until it is killed.
        private func withRunning(_ body: (TestContainer) async throws -> Void) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"])
                try await body(container)
                try await container.signal(SIGKILL)
                #expect(try await container.exit().exitCode == 137)
                try await container.release()
            }
        }

        @Test func `An exec's output and exit code come back`() async throws {
            try await withRunning { container in
                let client = try await container.exec("e1", ["sh", "-c", "echo $$ out; echo err >&2; exit 5"])
                let output = await client.readToEnd()
                #expect(ClientEnd.payload(1, output).hasSuffix(" out\n"))
                #expect(ClientEnd.payload(2, output) == "err\n")
                #expect(try await container.execExit("e1") == 5)
                let state = try #require(try await container.inspect().execs.first)
                #expect(state == ExecState(execID: "e1", pid: 0, running: false, exitCode: 5, command: state.command))
            }
        }

        @Test func `An exec's stdin is read to its end, and a terminal works`() async throws {
            try await withRunning { container in
                let piped = try await container.exec("pipe", ["wc", "-c"], stdin: true)
                await piped.write(String(repeating: "x", count: 100_000))
                piped.endInput()
                #expect(ClientEnd.payload(1, await piped.readToEnd()) == "100000\n")
                let terminal = try await container.exec("tty", ["sh"], stdin: true, terminal: true)
                let size = TerminalSize(columns: 77, rows: 22)
                _ = try await container.connection.call(ResizeTerminal.self, .init(size: size, execID: "tty"))
                await terminal.write("stty size\n")
                #expect(await terminal.read(containing: "22 77").contains("22 77"))
                await terminal.write("exit 4\n")
                _ = await terminal.readToEnd()
                #expect(try await container.execExit("tty") == 4)
            }
        }

        @Test func `A client that hangs up doesn't kill its exec, and a signal does`() async throws {
            try await withRunning { container in
                let client = try await container.exec("e", ["sh", "-c", "yes"])
                _ = await client.read { !$0.isEmpty }
                client.hangUp()
                let before = try #require(try await container.inspect().execs.first)
                #expect(before.running)
                try await container.signal(SIGTERM, execID: "e")
                #expect(try await container.execExit("e") == 143)
                let gone = await code { try await container.signal(SIGTERM, execID: "e") }
                #expect(gone == .conflict)
                #expect(await code { try await container.signal(SIGTERM, execID: "nobody") } == .notFound)
            }
        }

        @Test func `Without a client, output is discarded`() async throws {
            try await withRunning { container in
                _ = try await container.exec("e", ["sh", "-c", "head -c 1000000 /dev/zero; exit 6"], detached: true)
                #expect(try await container.execExit("e") == 6)
            }
        }

        /// The shim opens what all execs have in common, and keeps it.
        private func firstExec(_ container: TestContainer) async throws {
            _ = await (try await container.exec("first", ["true"])).readToEnd()
            #expect(try await container.execExit("first") == 0)
        }

        @Test func `A command that isn't there is told, and leaves nothing`() async throws {
            try await withRunning { container in
                try await firstExec(container)
                let before = ProcessTable.descriptors(of: try await container.inspect().shimPID)
                let error = await #expect(throws: RPCError.self) { _ = try await container.exec("e", ["nonexistent"]) }
                #expect(error?.code == .invalidParameter)
                #expect(error?.details["exitCode"] == "127")
                #expect(try await container.inspect().execs.map(\.execID) == ["first"])
                #expect(ProcessTable.descriptors(of: try await container.inspect().shimPID) == before)
            }
        }

        @Test func `An exec ends with its container`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"])
                let client = try await container.exec("e", ["sleep", "1000"])
                try await container.signal(SIGKILL)
                _ = await client.readToEnd()
                #expect(try await container.execExit("e") == 137)
                #expect(try await container.exit().signal == SIGKILL)
                #expect(await code { _ = try await container.exec("late", ["true"]) } == .conflict)
                try await container.release()
            }
        }

        @Test func `Many execs leave no descriptors and no zombies`() async throws {
            try await withRunning { container in
                let shim = try await container.inspect().shimPID
                try await firstExec(container)
                let before = ProcessTable.descriptors(of: shim)
                for number in 0..<50 {
                    let client = try await container.exec("e\(number)", ["echo", "\(number)"])
                    #expect(ClientEnd.payload(1, await client.readToEnd()) == "\(number)\n")
                }
                #expect(try await Eventually.holds { ProcessTable.descriptors(of: shim) == before })
                #expect(try await Eventually.holds { ProcessTable.children(of: shim).count == 1 })
            }
        }
    }
}

/// The code a call fails with; nil when it succeeds.
func code(_ body: () async throws -> Void) async -> RPCError.Code? {
    do { try await body() } catch { return (error as? RPCError)?.code ?? .internalError }
    return nil
}
