// The NIO client against the server on the event loop: the same protocol, and descriptors.
import CLinux
import Glibc
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct EventServerTests {
    @Test func answersManyCallsAtATime() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            #expect(connection.hello.service == "event")
            #expect(connection.hello.descriptors == RPCLimits.standard.descriptors)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        let body = Echo.Body(text: "\(number)", bytes: [UInt8](repeating: 3, count: number * 100))
                        let answer = try await connection.call(Echo.self, body)
                        #expect(answer == body)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func knowsItsCaller() async throws {
        try await TestEventService.run { service in
            let me = try await service.connect().call(WhoAmI.self, RPCNothing(), context: RPCContext(traceID: "abc"))
            #expect(me.pid == getpid())
            #expect(me.trace == "abc")
        }
    }

    @Test func errorsAndUnknownMethods() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let error = RPCError(.notFound, "no", details: ["a": "b"])
            await #expect(throws: error) { try await connection.call(Fail.self, error) }
            let unknown = await #expect(throws: RPCError.self) { try await connection.call(Unknown.self, RPCNothing()) }
            #expect(unknown?.code == .notImplemented)
        }
    }

    @Test func cancellationAndDeadlinesReachTheHandler() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let call = Task { try await connection.call(Hang.self, RPCNothing()) }
            try await eventually("the call") { service.witness.count("hanging") == 1 }
            call.cancel()
            #expect(await #expect(throws: RPCError.self) { try await call.value }?.code == .cancelled)
            try await eventually("the stop") { service.witness.count("stopped") == 1 }
            let late = await #expect(throws: RPCError.self) {
                try await connection.call(Hang.self, RPCNothing(), context: .fresh(timeout: .milliseconds(30)))
            }
            #expect(late?.code == .deadlineExceeded)
            try await eventually("the second stop") { service.witness.count("stopped") == 2 }
        }
    }

    @Test func losingTheConnectionStopsTheHandler() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let call = Task { try await connection.call(Hang.self, RPCNothing()) }
            try await eventually("the call") { service.witness.count("hanging") == 1 }
            #expect(service.witness.count("connections") == 1)
            await connection.close()
            #expect(await #expect(throws: RPCError.self) { try await call.value }?.code == .unavailable)
            try await eventually("the stop") { service.witness.count("stopped") == 1 }
            try await eventually("the count") { service.witness.count("connections") == 0 }
        }
    }

    @Test func streamsToTheCaller() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Produce.self, Produce.Request(count: 1000, size: 500))
            var next = 0
            for try await chunk in stream.outbound {
                #expect(chunk.number == next)
                next += 1
            }
            #expect(next == 1000)
            #expect(try await stream.response() == Produce.Response(sent: 1000))
        }
    }

    @Test func streamsToTheCallee() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Sum.self, RPCNothing())
            for number in 0..<300 { try await stream.send(Chunk(number: number, bytes: [UInt8](repeating: 1, count: 20_000))) }
            try await stream.finish()
            #expect(try await stream.response() == Sum.Response(items: 300, bytes: 6_000_000, inOrder: true))
        }
    }

    @Test func aReaderThatIsTooSlowIsToldSo() async throws {
        let limits = RPCLimits(streamWindow: 64 << 10)
        try await TestEventService.run(limits: limits) { service in
            let connection = try await service.connect(limits: limits)
            let stream = try await connection.stream(Produce.self, Produce.Request(count: 10_000, size: 1000))
            let error = await #expect(throws: RPCError.self) { try await stream.response() }
            #expect(error?.code == .resourceExhausted)
            #expect(service.witness.count("overrun") == 1)
        }
    }

    @Test func descriptorsArriveInOrderAndAreCloseOnExec() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        // Frames without descriptors, small and large, go between those with some.
                        _ = try await connection.call(Echo.self, Echo.Body(text: "", bytes: [UInt8](repeating: 0, count: number * 4000)))
                    }
                    group.addTask {
                        let texts = (0...(number % 3)).map { "descriptor \(number).\($0)" }
                        let pipes = try texts.map(readEnd(of:))
                        let request = ReadDescriptors.Request(padding: [UInt8](repeating: 7, count: number * 3000))
                        let answer = try await connection.call(ReadDescriptors.self, request, descriptors: pipes)
                        #expect(answer.contents == texts)
                        for pipe in pipes { #expect(close(pipe) == 0, "the caller's own stay open") }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func descriptorsThatAreNotTakenAreClosed() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            var pair: [Int32] = [-1, -1]
            try #require(clinux_unix_pair(&pair) == 0)
            let request = ReadDescriptors.Request(padding: [0])
            _ = try await connection.call(ReadDescriptors.self, request, descriptors: [pair[1]])
            await #expect(throws: RPCError.self) { try await connection.call(Unknown.self, RPCNothing(), descriptors: [pair[1]]) }
            close(pair[1])
            // The end of the stream shows that no copy of the other end is left, here or there.
            try await eventually("the end of the stream") {
                var byte: UInt8 = 0
                return read(pair[0], &byte, 1) == 0
            }
            close(pair[0])
        }
    }

    @Test func moreDescriptorsThanAcceptedAreRefused() async throws {
        try await TestEventService.run { service in
            let connection = try await service.connect()
            let many = [Int32](repeating: 0, count: RPCLimits.standard.descriptors + 1)
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(ReadDescriptors.self, ReadDescriptors.Request(), descriptors: many)
            }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("descriptors") == true)
        }
    }

    @Test func aServerOnNIOGetsNoDescriptors() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(Echo.self, Echo.Body(text: ""), descriptors: [0])
            }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("does not accept file descriptors") == true)
        }
    }
}

/// The end of a pipe from which a text can be read.
private func readEnd(of text: String) throws -> Int32 {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let bytes = Array(text.utf8)
    try #require(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    return ends[0]
}
