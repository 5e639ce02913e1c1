// Sockets: who owns the path, what is left behind, and how a server ends.
import Glibc
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import ServiceKit
import Testing

@testable import GatewayAPI

@Suite("Listening") struct ListeningTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/berth-listen-\(UInt64.random(in: 0 ... .max))"
        #expect(mkdir(directory, 0o700) == 0)
        defer {
            for name in ["api.sock", "api.sock.new", "api.sock.lock"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        try await body(directory + "/api.sock")
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test func aSocketHasItsModeAndIsRemoved() async throws {
        try await withDirectory { path in
            let listener = try UnixListener(path: path, mode: 0o660, group: "0")
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            #expect(status.st_gid == 0)
            #expect(!exists(path + ".new"))
            listener.remove()
            close(listener.descriptor)
            #expect(!exists(path))
        }
    }

    @Test func whatADeadEngineLeftIsReplaced() async throws {
        try await withDirectory { path in
            let dead = try UnixListener(path: path + "2", mode: 0o600, group: nil)
            #expect(rename(path + "2", path) == 0)
            dead.remove()
            close(dead.descriptor)
            unlink(path + "2.lock")
            let listener = try UnixListener(path: path, mode: 0o660, group: nil)
            let client = try await RawClient.connect(path)
            await client.close()
            listener.remove()
            close(listener.descriptor)
        }
    }

    @Test func aLivingEngineKeepsItsSocket() async throws {
        try await withDirectory { path in
            let listener = try UnixListener(path: path, mode: 0o660, group: nil)
            #expect {
                try UnixListener(path: path, mode: 0o660, group: nil)
            } throws: {
                "\($0)".contains("another engine listens at \(path)")
            }
            #expect(exists(path))
            listener.remove()
            close(listener.descriptor)
        }
    }

    @Test func whatAnotherProgramListensAtStays() async throws {
        try await withDirectory { path in
            let other = try UnixSocket.listen(path: path, mode: 0o600)
            defer { close(other) }
            #expect(throws: ListenError.self) { try UnixListener(path: path, mode: 0o660, group: nil) }
            #expect(UnixSocket.isServed(path: path))
        }
    }

    /// What a unit's restrictions and a user without privileges meet.
    @Test func aRefusalNamesTheKeyAndSaysWhatToDo() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = EngineServerConfiguration(
            addresses: [.unix("/proc/api.sock")], key: "hosts", eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let server = EngineServer(configuration, api: EngineAPI(FakeEngine().backends), logger: logger)
        let error = await #expect(throws: ListenError.self) { try await server.run() }
        #expect(error?.description.hasPrefix("hosts: can't open /proc/api.sock.lock: ") == true, "\(error?.description ?? "")")
        let forbidden = ListenError("can't listen at /x", code: EROFS).description
        #expect(forbidden.contains("have its supervisor open the socket (see deploy/DOCKERD.md)"), "\(forbidden)")
        let tls = ServerTLS(certificate: "/etc/passwd", key: "/nonexistent/key.pem", clientAuthority: nil)
        let unread = #expect(throws: ListenError.self) { _ = try tls.context() }
        #expect(unread?.description.hasPrefix("tlskey: can't read /nonexistent/key.pem") == true)
    }

    @Test func anUnknownGroupIsNamedAndNothingIsLeft() async throws {
        try await withDirectory { path in
            #expect(throws: ListenError.self) { try UnixListener(path: path, mode: 0o660, group: "no-such-group") }
            #expect(!exists(path))
            #expect(!exists(path + ".new"))
            let listener = try UnixListener(path: path, mode: 0o660, group: nil)
            listener.remove()
            close(listener.descriptor)
        }
    }

    @Test func aServerTakesASocketThatASupervisorOpened() async throws {
        try await withDirectory { path in
            let listener = try UnixListener(path: path, mode: 0o660, group: nil)
            let configuration = EngineServerConfiguration(
                addresses: [], descriptors: [listener.descriptor], eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
            let server = EngineServer(
                configuration, api: EngineAPI(FakeEngine().backends), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let running = Task { try await server.run() }
            let client = try await RawClient.connect(path)
            #expect(try await client.send("GET", "/_ping").text == "OK")
            await client.close()
            running.cancel()
            _ = await running.result
            listener.remove()
        }
    }

    @Test func otherMachinesAreNotLetInWithoutTLS() throws {
        var configuration = EngineServerConfiguration(
            addresses: [.tcp(host: "0.0.0.0", port: 0)], eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        #expect(throws: ListenError.self) { try configuration.validate() }
        configuration.allowsInsecureTCP = true
        try configuration.validate()
        configuration.allowsInsecureTCP = false
        configuration.addresses = [.tcp(host: "127.0.0.1", port: 0), .unix("/x")]
        try configuration.validate()
    }

    @Test func aServerThatEndsEndsItsStreams() async throws {
        let held = Gate()
        try await TestServer.with(FakeEngine(streams: FakeStreams(.countAfter(held)))) { server in
            let events = try await server.connect()
            try await events.write("GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
            _ = try await events.head()
            let attached = try await server.connect()
            let upgrade = "Upgrade: tcp\r\nConnection: Upgrade\r\n"
            try await attached.write("POST /containers/c/attach HTTP/1.1\r\nHost: d\r\n\(upgrade)Content-Length: 0\r\n\r\n")
            _ = try await attached.head()
            let waiting = try await server.connect()
            try await waiting.write("POST /containers/c/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
            _ = try await waiting.head()
        }
        held.open()
    }

    @Test(arguments: [(EMFILE, false), (ENFILE, false), (ECONNABORTED, false), (EBADF, true), (EINVAL, true)])
    func aPassingAcceptErrorDoesNotReachTheServer(_ code: Int32, _ passes: Bool) throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(AcceptErrorHandler(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
        if passes {
            #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
        } else {
            try channel.throwIfErrorCaught()
        }
        _ = try? channel.finish()
    }
}
