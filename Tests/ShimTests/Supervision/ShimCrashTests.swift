// Shims and listeners that are killed.
import ContainerLog
import Contracts
import Foundation
import RPC
import RPCNIO
import Testing

@testable import ShimServer

extension TestContainer {
    func recover(removesContainerDirectory: Bool = false) async throws -> ExitRecord? {
        let request = RecoverContainer.Request(
            containerID: id, root: host.layout.root, run: host.layout.run, cgroupParent: host.cgroupParent,
            removesContainerDirectory: removesContainerDirectory)
        return try await connection.call(RecoverContainer.self, request).exit
    }
}

extension ShimIntegration {
    @Suite struct CrashTests {
        @Test func `Containers outlive the listener, and are found again by their sockets`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt(openStdin: true)
                let running = try await container.start(["cat"])
                let (client, _) = try await container.attach(stdin: true)
                host.stopListener(SIGKILL)
                await client.write("still here\n")
                #expect(ClientEnd.payload(1, await client.read { $0.count >= 19 }) == "still here\n")
                await container.connection.close()
                await client.write("without a gateway\n")
                #expect(ClientEnd.payload(1, await client.read { $0.count >= 26 }) == "without a gateway\n")

                let again = TestContainer(host: host, connection: try await host.connect(to: container.id), id: container.id)
                #expect(again.connection.peer.pid == (try await again.inspect().shimPID))
                #expect(try await again.inspect().phase == .running(running))
                try await again.signal(SIGKILL)
                #expect(try await again.exit().signal == SIGKILL)
                try await again.release()
            }
        }

        @Test func `A container that ends while nobody is connected is found ended`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sh", "-c", "echo last words; exit 17"])
                await container.connection.close()
                #expect(try await Eventually.holds { try ExitRecordFile.read(host.layout.exitRecord(container.id)) != nil })
                let again = TestContainer(host: host, connection: try await host.connect(to: container.id), id: container.id)
                let exit = try await again.exit()
                #expect(exit.exitCode == 17)
                #expect(try await again.inspect().phase == .exited(exit))
                let (client, _) = try await again.attach(logs: true, waits: false)
                #expect(ClientEnd.payload(1, await client.readToEnd()) == "last words\n")
                try await again.release(removesContainerDirectory: false)
                #expect(FileManager.default.fileExists(atPath: host.layout.logFile(container.id)))
            }
        }

        @Test func `The container dies with its shim, and another shim cleans up`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let running = try await container.start(["sh", "-c", "sleep 1000 & sleep 1000"])
                kill(try await container.inspect().shimPID, SIGKILL)
                #expect(try await Eventually.holds { !ProcessTable.isAlive(running.pid) })
                #expect(FileManager.default.fileExists(atPath: host.layout.shimSocket(of: container.id)))

                let successor = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(try await successor.recover() == nil)
                await successor.connection.waitUntilClosed()
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                #expect(!FileManager.default.fileExists(atPath: host.layout.shimDirectory(container.id)))
                #expect(FileManager.default.fileExists(atPath: host.layout.logFile(container.id)))
                try await runAgain(host, container.id)
            }
        }

        @Test func `One that doesn't answer is ended by another, and its container with it`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                let running = try await container.start(["sh", "-c", "sleep 1000 & sleep 1000"])
                let shim = try await container.inspect().shimPID
                kill(shim, SIGSTOP)
                let other = try await host.connect()
                try await end(container.id, by: other, host)
                #expect(!ProcessTable.isAlive(running.pid) && !ProcessTable.isAlive(shim))
                await other.waitUntilClosed()
                let successor = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(try await successor.recover() == nil)
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                let late = try await host.connect()
                await #expect(throws: RPCError.self) { try await end(container.id, by: late, host) }
                await #expect(throws: RPCError.self) { try await end("../s", by: try await host.connect(), host) }
                try await runAgain(host, container.id)
            }
        }

        private func end(_ id: String, by connection: RPCConnection, _ host: ShimHost) async throws {
            let request = KillShim.Request(
                containerID: id, root: host.layout.root, run: host.layout.run, cgroupParent: host.cgroupParent)
            _ = try await connection.call(KillShim.self, request)
        }

        /// The same container starts afresh after it was recovered.
        private func runAgain(_ host: ShimHost, _ id: String) async throws {
            let container = TestContainer(host: host, connection: try await host.connect(), id: id)
            try await container.adopt()
            try await container.start(["true"])
            #expect(try await container.exit().exitCode == 0)
            try await container.release()
        }

        @Test func `The exit record of a dead shim is found by its successor`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sh", "-c", "exit 33"])
                let exit = try await container.exit()
                kill(try await container.inspect().shimPID, SIGKILL)
                await container.connection.waitUntilClosed()
                let successor = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(try await successor.recover(removesContainerDirectory: true) == exit)
                await successor.connection.waitUntilClosed()
                #expect(!FileManager.default.fileExists(atPath: host.layout.containerDirectory(container.id)))
                let third = TestContainer(host: host, connection: try await host.connect(), id: container.id)
                #expect(try await third.recover() == nil)
            }
        }

        @Test func `The shim ignores requests to end while its container runs`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                try await container.start(["sleep", "1000"])
                let shim = try await container.inspect().shimPID
                kill(shim, SIGTERM)
                kill(shim, SIGHUP)
                #expect(try await container.inspect().shimPID == shim)
                try await container.signal(SIGKILL)
                _ = try await container.exit()
                kill(shim, SIGTERM)
                await container.connection.waitUntilClosed()
                #expect(try ExitRecordFile.read(host.layout.exitRecord(container.id))?.exitCode == 137)
                #expect(CgroupPaths.children(host.cgroupParent) == [])
            }
        }

        @Test func `Orphans that come to the shim are reaped`() async throws {
            try await withShimHost { host in
                let container = try await host.container()
                try await container.adopt()
                // In the host's PID namespace, a double fork's grandchild is adopted by the shim.
                try await container.start(["sh", "-c", "(sleep 0.01 & sleep 0.01 & sleep 0.01 &); cat"]) { $0.namespaces.pid = .host }
                let shim = try await container.inspect().shimPID
                let exit = try await container.exit()
                #expect(exit.exitCode == 0)
                #expect(try await Eventually.holds { ProcessTable.children(of: shim).isEmpty })
                try await container.release()
            }
        }

        @Test func `A listener takes the place of a dead one, and of no other`() async throws {
            try await withShimHost { host in
                _ = try await host.connect()
                let rival = try ShimHost.spawn(["--listen", host.listenPath, "--run", host.layout.run])
                #expect(waitExit(rival) == 1)
                host.stopListener(SIGKILL)
                let successor = try ShimHost.spawn(["--listen", host.listenPath, "--run", host.layout.run])
                _ = try await host.connect()
                kill(successor, SIGTERM)
                #expect(waitExit(successor) == 0)
                #expect(!FileManager.default.fileExists(atPath: host.listenPath))
            }
        }

        /// Their connections are at their ends before anything is written to them.
        @Test func `Callers that are gone before their shim runs leave none`() async throws {
            try await withShimHost { host in
                let connection = try await host.connect()
                await connection.close()
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
                kill(host.listener, SIGSTOP)
                for _ in 0..<20 { close(try host.connectRaw()) }
                kill(host.listener, SIGCONT)
                // It accepts in turn: once this one is served, those before it have been.
                let last = try await host.connect()
                await last.close()
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
            }
        }

        @Test(
            arguments: [
                (["--help"], 0), (["--version"], 0), (["--listen"], 64), (["--run", "/tmp"], 64), (["--bogus"], 64),
                (["--listen", "/x", "--mode", "999"], 64), (["--listen", "/x", "--serve-uid", "root"], 64),
                (["--listen", "/nonexistent/dir/s"], 1), ([], 1),
            ] as [([String], Int32)])
        func `The command line says what is wrong`(arguments: [String], status: Int32) throws {
            #expect(waitExit(try ShimHost.spawn(arguments)) == status)
        }
    }

    @Suite struct LeakTests {
        @Test func `Two hundred runs leave nothing`() async throws {
            try await withShimHost { host in
                // The first run makes what stays: the parent group, directories.
                try await run(host, 0)
                let descriptors = ProcessTable.descriptors(of: host.listener)
                let mounts = try String(contentsOfFile: "/proc/\(host.listener)/mountinfo", encoding: .utf8)
                for number in 1...200 { try await run(host, number) }
                #expect(try await Eventually.holds { ProcessTable.children(of: host.listener).isEmpty })
                #expect(ProcessTable.descriptors(of: host.listener) == descriptors)
                #expect(mounts.contains(host.directory) == false)
                #expect(try !String(contentsOfFile: "/proc/\(host.listener)/mountinfo", encoding: .utf8).contains(host.directory))
                #expect(CgroupPaths.children(host.cgroupParent) == [])
                #expect(try FileManager.default.contentsOfDirectory(atPath: host.layout.shims) == [])
                #expect(try FileManager.default.contentsOfDirectory(atPath: host.layout.containers) == [])
                #expect(ProcessTable.shims(listeningAt: host.listenPath) == [host.listener])
            }
        }

        private func run(_ host: ShimHost, _ number: Int) async throws {
            let container = try await host.container()
            try await container.adopt()
            let (client, _) = try await container.attach()
            try await container.start(["echo", "\(number)"])
            #expect(ClientEnd.payload(1, await client.readToEnd()) == "\(number)\n")
            #expect(try await container.exit().exitCode == 0)
            try await container.release()
            await container.connection.close()
            try FileManager.default.removeItem(atPath: "\(host.directory)/\(container.id)")
        }
    }
}

private func waitExit(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return ExitStatus(waitStatus: status).exitCode
}
