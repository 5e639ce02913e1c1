// What happens when the other side goes away, and comes back.
import CLinux
import Glibc
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ReconnectTests {
    private func client(_ path: String, patience: Duration = .seconds(30)) -> RPCClient {
        RPCClient(socketPath: path, service: "test", patience: patience, logger: quietLogger())
    }

    @Test func waitsForAServiceThatIsNotThereYet() async throws {
        let path = temporarySocketPath()
        let client = client(path)
        let early = Task { try await client.call(Echo.self, Echo.Body(text: "early")) }
        try await TestService(path: path).run { _ in
            let answer = try await early.value
            #expect(answer.text == "early")
        }
        await client.close()
    }

    @Test func survivesARestartOfTheService() async throws {
        let path = temporarySocketPath()
        let client = client(path)
        for round in 0..<3 {
            try await TestService(path: path).run { _ in
                let answer = try await client.call(Echo.self, Echo.Body(text: "\(round)"))
                #expect(answer.text == "\(round)")
            }
        }
        await client.close()
    }

    @Test func givesUpWhenPatienceEnds() async throws {
        let client = client(temporarySocketPath(), patience: .milliseconds(50))
        let error = await #expect(throws: RPCError.self) { try await client.call(Echo.self, Echo.Body(text: "")) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("Is it running?") == true)
        await client.close()
    }

    @Test func respectsACallsTimeLimitWhileItConnects() async throws {
        let client = client(temporarySocketPath())
        let error = await #expect(throws: RPCError.self) {
            try await client.call(Echo.self, Echo.Body(text: ""), context: .fresh(timeout: .milliseconds(20)))
        }
        #expect(error?.code == .unavailable)
        await client.close()
    }

    @Test func canBeCancelledWhileItConnects() async throws {
        let client = client(temporarySocketPath())
        let call = Task { try await client.call(Echo.self, Echo.Body(text: "")) }
        call.cancel()
        #expect(await #expect(throws: RPCError.self) { try await call.value }?.code == .cancelled)
        await client.close()
    }

    @Test func aClosedClientConnectsNoMore() async throws {
        try await TestService().run { service in
            let client = client(service.path)
            _ = try await client.call(Echo.self, Echo.Body(text: "x"))
            await client.close()
            #expect(await #expect(throws: RPCError.self) { try await client.call(Echo.self, Echo.Body(text: "x")) }?.code == .unavailable)
        }
    }

    @Test func refusesAnotherService() async throws {
        try await TestService().run { service in
            _ = try await service.connect()
            let error = await #expect(throws: RPCError.self) {
                try await RPCConnection.connect(path: service.path, expecting: "images", logger: quietLogger())
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("\"test\"") == true)
        }
    }

    @Test func everyCallInFlightFailsWhenTheServiceStops() async throws {
        let path = temporarySocketPath()
        let client = client(path)
        let calls = try await TestService(path: path).run { service in
            let calls = (0..<20).map { _ in Task { try await client.call(Hang.self, RPCNothing()) } }
            try await eventually("the calls") { service.witness.count("hanging") == 20 }
            let stream = try await client.stream(Mirror.self, RPCNothing())
            let items = Task { for try await _ in stream.outbound {} }
            try await eventually("the stream") { service.witness.count("mirroring") == 1 }
            return (calls, items, service.witness)
        }
        for call in calls.0 { #expect(await #expect(throws: RPCError.self) { try await call.value }?.code == .unavailable) }
        #expect(await #expect(throws: RPCError.self) { try await calls.1.value }?.code == .unavailable)
        // The server's run returned, so its handlers have as well.
        #expect(calls.2.count("stopped") == 21)
        await client.close()
    }

    @Test func noDescriptorIsLeftBehind() async throws {
        let path = temporarySocketPath()
        func openSockets() -> Int { (3..<1024).count { clinux_is_listening($0) >= 0 && isSocket($0, at: path) } }
        for _ in 0..<3 {
            let client = client(path)
            try await TestService(path: path).run { _ in _ = try await client.call(Echo.self, Echo.Body(text: "x")) }
            await client.close()
        }
        try await eventually("the last close") { openSockets() == 0 }
        #expect(access(path, F_OK) != 0, "the socket file is removed")
    }

    /// Whether a descriptor is one end of a connection made at a path, or its listener.
    private func isSocket(_ descriptor: Int32, at path: String) -> Bool {
        [getsockname, getpeername].contains { name in
            var address = sockaddr_un()
            var length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &length) }
            }
            guard result == 0 else { return false }
            return withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } == path
        }
    }
}
