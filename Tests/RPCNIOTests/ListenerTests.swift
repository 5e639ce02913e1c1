// Where a server may listen, and what it leaves alone.
import CLinux
import Glibc
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListenerTests {
    private func server(_ listener: RPCListener) -> RPCServer {
        RPCServer(service: "test", version: "1", listener: listener, methods: RPCMethodTable(), logger: quietLogger())
    }

    @Test func replacesASocketWhoseServerIsGone() async throws {
        let service = TestService()
        let stale = clinux_unix_listen(service.path, 0o600, 1)
        try #require(stale >= 0)
        close(stale)
        try await service.run { service in
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
    }

    @Test func leavesASocketThatIsServed() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let error = await #expect(throws: RPCError.self) { try await server(.path(service.path, mode: 0o600)).run() }
            #expect(error?.code == .conflict)
            _ = try await connection.call(Echo.self, Echo.Body(text: "still there"))
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "still reachable"))
        }
    }

    @Test func leavesAFileThatIsNoSocket() async throws {
        let path = temporarySocketPath()
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        try #require(file >= 0)
        close(file)
        defer { unlink(path) }
        let error = await #expect(throws: RPCError.self) { try await server(.path(path, mode: 0o600)).run() }
        #expect(error?.code == .conflict)
        #expect(access(path, F_OK) == 0)
    }

    @Test func aPathThatIsTooLongIsNamed() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let error = await #expect(throws: RPCError.self) { try await server(.path(path, mode: 0o600)).run() }
        #expect(error?.message.contains(path) == true)
    }

    @Test func setsTheMode() async throws {
        try await TestService().run { service in
            _ = try await service.connect()
            var status = stat()
            try #require(lstat(service.path, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o600)
        }
    }

    @Test func servesASocketThatIsHandedOver() async throws {
        let path = temporarySocketPath()
        let descriptor = clinux_unix_listen(path, 0o600, 4)
        try #require(descriptor >= 0)
        defer { unlink(path) }
        let running = Task { try await server(.descriptor(descriptor)).run() }
        let connection = try await RPCConnection.connect(path: path, expecting: "test", logger: quietLogger())
        #expect(connection.hello.serviceVersion == "1")
        running.cancel()
        try await running.value
        await connection.waitUntilClosed()
        #expect(access(path, F_OK) == 0, "the file belongs to whoever made it")
    }

    @Test func refusesADescriptorThatDoesNotListen() async throws {
        var pair: [Int32] = [-1, -1]
        try #require(clinux_unix_pair(&pair) == 0)
        defer { pair.forEach { close($0) } }
        let error = await #expect(throws: RPCError.self) { try await server(.descriptor(pair[0])).run() }
        #expect(error?.code == .invalidParameter)
    }

    @Test func connectionsBeyondTheLimitAreClosed() async throws {
        try await TestService(limits: RPCLimits(connections: 2)).run { service in
            let first = try await service.connect()
            let second = try await service.connect()
            await #expect(throws: RPCError.self) {
                try await RPCConnection.connect(path: service.path, logger: quietLogger())
            }
            _ = try await first.call(Echo.self, Echo.Body(text: "x"))
            await second.close()
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
    }
}
