// Real containers from adoption to release.
import ContainerLog
import Contracts
import Foundation
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension ShimIntegration {
    @Suite struct LifeTests {
        @Test func `A fresh shim ends with its connection`() async throws {
            try await withShimHost { host in
                let connection = try await host.connect()
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).count == 1 })
                await connection.close()
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
            }
        }

        @Test func `A prepared shim ends with its last connection, and cleans up`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let (client, _) = try await container.attach()
                let second = try await host.connect(to: container.id)
                await container.connection.close()
                let inspected = try await second.call(InspectShim.self, RPCNothing())
                #expect(inspected.phase == .prepared && inspected.containerID == container.id)
                await second.close()
                #expect(await client.readToEnd() == [])
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
                #expect(!FileManager.default.fileExists(atPath: host.layout.shimDirectory(container.id)))
            }
        }

        @Test func `A container given up before its start is released, clients included`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let (client, response) = try await container.attach()
                try await container.release()
                #expect(await client.readToEnd() == [])
                _ = try? await response.value
                await container.connection.waitUntilClosed()
                #expect(!FileManager.default.fileExists(atPath: host.layout.containerDirectory(container.id)))
            }
        }

        @Test func `A container has one shim, and a shim one container`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                #expect(await code { try await container.adopt() } == .conflict)
                let rival = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(await code { try await rival.adopt() } == .conflict)
                #expect(await code { _ = try await rival.recover() } == .conflict)
                #expect(await code { try await rival.start(["true"]) } == .conflict)
                #expect(await code { _ = try await rival.inspect() } == .conflict)
                try await container.release()
            }
        }

        @Test func `A container of another engine is refused`() async throws {
            try await withShimHost { host in
                let connection = try await host.connect()
                let request = AdoptContainer.Request(
                    containerID: "abc", root: host.layout.root, run: "/run/other", terminal: false, openStdin: false, stdinOnce: false,
                    log: LogSpec())
                #expect(await code { _ = try await connection.call(AdoptContainer.self, request) } == .invalidParameter)
            }
        }

        @Test(arguments: [LogSpec(maxSize: 0), LogSpec(maxFile: 0), LogSpec(attributes: ["a": String(repeating: "x", count: 70_000)])])
        func `Log limits that make no sense are refused, and the shim may be asked again`(log: LogSpec) async throws {
            try await withShimHost { host in
                let container = try await host.container()
                #expect(await code { try await container.adopt(log: log) } == .invalidParameter)
                try await container.adopt()
                try await container.release()
            }
        }

        @Test func `After a start that failed, another is tried`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let shim = try await container.inspect().shimPID
                let before = ProcessTable.descriptors(of: shim)
                let error = await #expect(throws: RPCError.self) { try await container.start(["nonexistent"]) }
                #expect(error?.code == .invalidParameter)
                #expect(error?.details["exitCode"] == "127")
                #expect(error?.details["step"] != nil)
                let missing = await #expect(throws: RPCError.self) {
                    try await container.start(["true"]) { $0.rootfs.lower = ["/nonexistent"] }
                }
                #expect(missing?.details["errno"] == String(ENOENT))
                #expect(try await container.inspect().phase == .prepared)
                #expect(ProcessTable.descriptors(of: shim) == before)
                #expect(ProcessTable.children(of: shim).isEmpty)
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                try await container.start(["sh", "-c", "exit 9"])
                #expect(try await container.exit().exitCode == 9)
                try await container.release()
            }
        }

        @Test func `Signals, pause and the process list`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                #expect(await code { try await container.signal(SIGTERM) } == .conflict)
                let running = try await container.start(["sh", "-c", "trap 'exit 21' TERM; while :; do sleep 0.05; done"])
                let pids = try await container.connection.call(ListProcesses.self, RPCNothing()).pids
                #expect(pids.contains(running.pid))
                #expect(await code { try await container.release() } == .conflict)
                _ = try await container.connection.call(PauseContainer.self, RPCNothing())
                #expect(await code { _ = try await container.connection.call(PauseContainer.self, RPCNothing()) } == .conflict)
                #expect(await code { _ = try await container.exec("e", ["true"]) } == .conflict)
                #expect(try await container.inspect().phase == .paused(running))
                _ = try await container.connection.call(ResumeContainer.self, RPCNothing())
                #expect(await code { _ = try await container.connection.call(ResumeContainer.self, RPCNothing()) } == .conflict)
                #expect(await code { try await container.signal(0) } == .invalidParameter)
                let size = ResizeTerminal.Request(size: TerminalSize(columns: 1, rows: 1))
                #expect(await code { _ = try await container.connection.call(ResizeTerminal.self, size) } == .conflict)
                try await container.signal(SIGTERM)
                #expect(try await container.exit().exitCode == 21)
                try await container.release()
            }
        }

        @Test func `A paused container can be killed`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"])
                _ = try await container.connection.call(PauseContainer.self, RPCNothing())
                try await container.signal(SIGKILL)
                #expect(try await container.exit().signal == SIGKILL)
                try await container.release()
            }
        }

        @Test func `A watcher is told everything in order`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let stream = try await container.connection.stream(WatchShim.self, .init())
                let watcher = Task {
                    var events: [ShimEvent] = []
                    for try await notice in stream.outbound {
                        events.append(notice.event)
                        if case .exited = notice.event { break }
                    }
                    return events
                }
                // Requests of a connection are taken in order: the watch is there before the start.
                let running = try await container.start(["sleep", "1000"])
                let client = try await container.exec("e", ["true"])
                _ = await client.readToEnd()
                #expect(try await container.execExit("e") == 0)
                _ = try await container.connection.call(PauseContainer.self, RPCNothing())
                _ = try await container.connection.call(ResumeContainer.self, RPCNothing())
                try await container.signal(SIGKILL)
                let events = try await watcher.value
                let exit = try await container.exit()
                let exec = events.compactMap { if case .execStarted("e", let pid) = $0 { pid } else { nil } }
                #expect(
                    events == [
                        .started(running), .execStarted(execID: "e", pid: exec.first ?? 0), .execExited(execID: "e", exitCode: 0),
                        .paused, .resumed, .exited(exit),
                    ])
                try await container.release()
            }
        }

        @Test(.enabled(if: MemoryLimits.areThere)) func `A container out of memory says so`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["tail", "/dev/zero"]) {
                    $0.cgroup.memory = 16 << 20; $0.cgroup.memorySwap = 16 << 20
                }
                let exit = try await container.exit()
                #expect(exit.outOfMemory && exit.exitCode == 137)
                try await container.release()
            }
        }
    }
}

enum MemoryLimits {
    static var areThere: Bool {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let controllers = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)) ?? ""
        return controllers.contains("memory") || mounts.split(separator: "\n").contains { $0.contains(" cgroup ") && $0.contains("memory") }
    }
}
