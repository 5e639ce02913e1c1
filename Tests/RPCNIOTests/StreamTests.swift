// Streams between a client and a server over real sockets.
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct StreamTests {
    @Test func carriesItemsToTheCallerInOrder() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Produce.self, Produce.Request(count: 1000, size: 100))
            var next = 0
            for try await chunk in stream.outbound {
                #expect(chunk.number == next)
                next += 1
            }
            #expect(next == 1000)
            #expect(try await stream.response() == Produce.Response(sent: 1000))
        }
    }

    @Test func carriesItemsToTheCalleeInOrder() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Sum.self, RPCNothing())
            for number in 0..<300 { try await stream.send(Chunk(number: number, bytes: [UInt8](repeating: 1, count: 20_000))) }
            try await stream.finish()
            #expect(try await stream.response() == Sum.Response(items: 300, bytes: 6_000_000, inOrder: true))
        }
    }

    @Test func carriesItemsBothWaysAtOnce() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Mirror.self, RPCNothing())
            async let sent: Void = {
                for number in 0..<200 { try await stream.send(Chunk(number: number, bytes: [UInt8](repeating: 9, count: 30_000))) }
                try await stream.finish()
            }()
            var received = 0
            for try await chunk in stream.outbound {
                #expect(chunk.number == received)
                received += 1
            }
            try await sent
            #expect(received == 200)
            _ = try await stream.response()
        }
    }

    @Test func aSlowReaderStopsTheSender() async throws {
        let limits = RPCLimits(streamWindow: 64 << 10)
        try await TestService(limits: limits).run { service in
            let connection = try await service.connect(limits: limits)
            let stream = try await connection.stream(Produce.self, Produce.Request(count: 10_000, size: 4 << 10))
            // What is under way is bounded by the window and by what a sender may be ahead.
            let bound = ((64 << 10) + (256 << 10)) / (4 << 10) + 2
            try await eventually("the stall") { service.witness.count("produced") > 40 }
            for _ in 0..<20 { try await connection.ping() }
            #expect(service.witness.count("produced") <= bound)
            var received = 0
            for try await _ in stream.outbound { received += 1 }
            #expect(received == 10_000)
        }
    }

    @Test func aSlowStreamDoesNotHoldUpOthers() async throws {
        let limits = RPCLimits(streamWindow: 16 << 10)
        try await TestService(limits: limits).run { service in
            let connection = try await service.connect(limits: limits)
            let unread = try await connection.stream(Produce.self, Produce.Request(count: 10_000, size: 1 << 10))
            let read = try await connection.stream(Produce.self, Produce.Request(count: 500, size: 1 << 10))
            var received = 0
            for try await _ in read.outbound { received += 1 }
            #expect(received == 500)
            #expect(try await connection.call(Echo.self, Echo.Body(text: "x")).text == "x")
            unread.cancel()
        }
    }

    @Test func anErrorComesAfterTheItems() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Produce.self, Produce.Request(count: 3, fails: true))
            var received = 0
            let error = await #expect(throws: RPCError.self) {
                for try await _ in stream.outbound { received += 1 }
            }
            #expect(received == 3)
            #expect(error == RPCError(.conflict, "on purpose"))
            await #expect(throws: RPCError(.conflict, "on purpose")) { try await stream.response() }
        }
    }

    @Test func cancellingStopsTheHandler() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Mirror.self, RPCNothing())
            try await stream.send(Chunk(number: 1))
            stream.cancel()
            let error = await #expect(throws: RPCError.self) { try await stream.response() }
            #expect(error?.code == .cancelled)
            try await eventually("the stop") { service.witness.count("stopped") == 1 }
            await #expect(throws: RPCError.self) {
                while true { try await stream.send(Chunk(number: 2)) }
            }
        }
    }

    @Test func droppingAStreamCancelsIt() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            func openAndDrop() async throws { _ = try await connection.stream(Mirror.self, RPCNothing()) }
            try await openAndDrop()
            try await eventually("the stop") { service.witness.count("stopped") == 1 }
        }
    }

    @Test func aCancelledReaderGetsCancellation() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let stream = try await connection.stream(Mirror.self, RPCNothing())
            let reader = Task {
                for try await _ in stream.outbound {}
            }
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
            stream.cancel()
        }
    }

    @Test func aCancelledSenderGetsCancellation() async throws {
        let limits = RPCLimits(streamWindow: 1 << 10)
        try await TestService(limits: limits).run { service in
            let connection = try await service.connect(limits: limits)
            let stream = try await connection.stream(Mirror.self, RPCNothing())
            let sender = Task {
                while true { try await stream.send(Chunk(number: 1, bytes: [UInt8](repeating: 0, count: 100_000))) }
            }
            try await connection.ping()
            sender.cancel()
            await #expect(throws: CancellationError.self) { try await sender.value }
            stream.cancel()
        }
    }
}
