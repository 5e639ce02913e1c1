// Real containers: output, input, exit codes.
import ContainerLog
import Contracts
import Foundation
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite struct RunTests {
        @Test func `A container runs, is logged, and leaves nothing when it is released`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let (client, response) = try await container.attach()
                let running = try await container.start(["sh", "-c", "echo out; echo err >&2; exit 3"])
                let output = await client.readToEnd()
                #expect(ClientEnd.payload(1, output) == "out\n")
                #expect(ClientEnd.payload(2, output) == "err\n")
                #expect(try await response.value.detached == false)
                let exit = try await container.exit()
                #expect(exit.exitCode == 3 && exit.signal == nil && !exit.outOfMemory)
                #expect(exit.startedAt == running.startedAt && exit.finishedAt >= exit.startedAt)
                #expect(try ExitRecordFile.read(host.layout.exitRecord(container.id)) == exit)
                var log = try LogReader(path: host.layout.logFile(container.id))
                #expect(log.next()?.bytes != nil && log.next()?.bytes != nil && log.next() == nil)

                let shim = try await container.inspect().shimPID
                try await container.release()
                await container.connection.waitUntilClosed()
                #expect(!FileManager.default.fileExists(atPath: host.layout.shimDirectory(container.id)))
                #expect(!FileManager.default.fileExists(atPath: host.layout.containerDirectory(container.id)))
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
                #expect(!ProcessTable.isAlive(shim))
            }
        }

        @Test(
            arguments: [
                (["sh", "-c", "kill -9 $$"], 137, 9), (["sh", "-c", "exit 255"], 255, nil), (["true"], 0, nil),
            ] as [([String], Int32, Int32?)])
        func `Exit codes are Docker's`(arguments: [String], code: Int32, signal: Int32?) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                // As PID 1, the shell is safe from its own signals.
                try await container.start(arguments) { if signal != nil { $0.namespaces.pid = .host } }
                let exit = try await container.exit()
                #expect(exit.exitCode == code && exit.signal == signal)
                try await container.release()
            }
        }

        @Test func `Stdin reaches the process to its end`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt(openStdin: true, stdinOnce: true)
                let (client, _) = try await container.attach(stdin: true)
                try await container.start(["wc", "-c"])
                let payload = String(repeating: "0123456789abcdef", count: 1 << 16)
                await client.write(payload)
                client.endInput()
                #expect(ClientEnd.payload(1, await client.readToEnd()) == "\(payload.utf8.count)\n")
                #expect(try await container.exit().exitCode == 0)
                try await container.release()
            }
        }

        @Test func `Without an open stdin, the process reads the end at once`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let (client, _) = try await container.attach(stdin: true)
                await client.write("ignored")
                try await container.start(["wc", "-c"])
                #expect(ClientEnd.payload(1, await client.readToEnd()) == "0\n")
                try await container.release()
            }
        }

        @Test func `A terminal is raw, has a size, and lets clients detach and come back`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt(terminal: true, openStdin: true)
                let (client, response) = try await container.attach(stdin: true, keys: [0x10, 0x11])
                try await container.start(["sh"], terminal: true) { $0.process.terminalSize = TerminalSize(columns: 90, rows: 30) }
                await client.write("stty size\n")
                #expect(await client.read(containing: "30 90").contains("30 90"))
                _ = try await container.connection.call(ResizeTerminal.self, .init(size: TerminalSize(columns: 101, rows: 41)))
                await client.write("stty size\n")
                #expect(await client.read(containing: "41 101").contains("41 101"))
                await client.write("\u{10}\u{11}")
                #expect(try await response.value.detached)
                #expect(await client.readToEnd().count < 1000)
                let (second, _) = try await container.attach(stdin: true)
                let inspected = try await container.inspect()
                #expect(inspected.attachedClients == 1 && inspected.joinedClients == 2)
                await second.write("exit 7\n")
                _ = await second.readToEnd()
                #expect(try await container.exit().exitCode == 7)
                try await container.release()
            }
        }

        @Test func `Two clients see the same, and one may come late and read the log`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt(openStdin: true, stdinOnce: true)
                let (first, _) = try await container.attach(stdin: true)
                let (second, _) = try await container.attach()
                try await container.start(["cat"])
                await first.write("one\ntw")
                let early = await first.read { ClientEnd.payload(1, $0) == "one\ntw" }
                let (late, _) = try await container.attach(logs: true)
                await first.write("o\n")
                first.endInput()
                #expect(ClientEnd.payload(1, early + (await first.readToEnd())) == "one\ntwo\n")
                #expect(ClientEnd.payload(1, await second.readToEnd()) == "one\ntwo\n")
                #expect(ClientEnd.payload(1, await late.readToEnd()) == "one\ntwo\n")
                let (afterwards, response) = try await container.attach(logs: true, stream: false)
                #expect(ClientEnd.payload(1, await afterwards.readToEnd()) == "one\ntwo\n")
                _ = try await response.value
                try await container.release()
            }
        }

        @Test func `Much output arrives whole at a client that is slow to begin`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt(log: LogSpec(maxSize: 1 << 20, maxFile: 3))
                let (client, _) = try await container.attach()
                try await container.start(["seq", "1", "1000000"])
                // Held up by the client, the container can't be far ahead of it.
                #expect(try await Eventually.holds { try await container.inspect().outputBytes > 1 << 20 })
                let output = ClientEnd.payload(1, await client.readToEnd())
                #expect(output.utf8.count == 6_888_896)
                #expect(output.hasSuffix("\n999999\n1000000\n"))
                let exit = try await container.exit()
                #expect(exit.exitCode == 0)
                let state = try await container.inspect()
                #expect(state.outputBytes == 6_888_896 && state.droppedLogLines == 0 && state.phase == .exited(exit))
                let files = try FileManager.default.contentsOfDirectory(atPath: host.layout.containerDirectory(container.id))
                #expect(Set(files) == ["exit", "\(container.id)-json.log", "\(container.id)-json.log.1", "\(container.id)-json.log.2"])
                var log = try LogReader(path: host.layout.logFile(container.id), selection: LogSelection(tail: 1))
                #expect(log.next()?.bytes == Array("1000000\n".utf8))
                try await container.release()
            }
        }
    }
}

/// Real containers: one at a time, for the sake of the machine.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ShimIntegration {}
