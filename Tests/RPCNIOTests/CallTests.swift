// Calls between a client and a server over real sockets.
import Glibc
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CallTests {
    @Test func answersManyCallsAtATime() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let body = Echo.Body(text: "call \(number)", bytes: [UInt8](repeating: 7, count: number * 10))
                        let answer = try await connection.call(Echo.self, body)
                        #expect(answer == body)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func introducesBothSides() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            #expect(connection.hello.service == "test")
            #expect(connection.hello.serviceVersion == "1.2.3")
            #expect(connection.hello.descriptors == 0)
            #expect(connection.peer.pid == getpid())
            #expect(connection.peer.uid == getuid())
            let context = RPCContext(traceID: "0123456789abcdef", timeoutNanoseconds: 30_000_000_000)
            let me = try await connection.call(WhoAmI.self, RPCNothing(), context: context)
            #expect(me.pid == getpid())
            #expect(me.uid == getuid())
            #expect(me.trace == "0123456789abcdef")
            #expect(try #require(me.timeout) <= 30_000_000_000)
        }
    }

    @Test func errorsCrossAsTheyAre() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            for code in RPCError.Code.allCases {
                let error = RPCError(code, "words for \(code)", details: ["key": "value", "empty": ""])
                await #expect(throws: error) { try await connection.call(Fail.self, error) }
            }
        }
    }

    @Test func unknownMethodIsNamed() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let error = await #expect(throws: RPCError.self) { try await connection.call(Unknown.self, RPCNothing()) }
            #expect(error?.code == .notImplemented)
            #expect(error?.message.contains("test.unknown") == true)
            _ = try await connection.call(Echo.self, Echo.Body(text: "still there"))
        }
    }

    @Test func malformedParametersFailOneCallOnly() async throws {
        enum Misshapen: RPCMethod {
            static let name = Echo.name
            typealias Request = RPCNothing
            typealias Response = RPCNothing
        }
        try await TestService().run { service in
            let connection = try await service.connect()
            let error = await #expect(throws: RPCError.self) { try await connection.call(Misshapen.self, RPCNothing()) }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("text") == true)
            _ = try await connection.call(Echo.self, Echo.Body(text: "still there"))
        }
    }

    @Test func aMessageThatIsTooLongIsRefusedBeforeItIsSent() async throws {
        try await TestService(limits: RPCLimits(frameBytes: 10_000)).run { service in
            let connection = try await service.connect()
            let body = Echo.Body(text: "", bytes: [UInt8](repeating: 1, count: 20_000))
            let error = await #expect(throws: RPCError.self) { try await connection.call(Echo.self, body) }
            #expect(error?.code == .resourceExhausted)
            _ = try await connection.call(Echo.self, Echo.Body(text: "still there"))
        }
    }

    @Test func anAnswerThatIsTooLongIsAnError() async throws {
        try await TestService().run { service in
            let connection = try await service.connect(limits: RPCLimits(frameBytes: 10_000))
            let body = Echo.Body(text: "", bytes: [UInt8](repeating: 1, count: 20_000))
            let error = await #expect(throws: RPCError.self) { try await connection.call(Echo.self, body) }
            #expect(error?.code == .resourceExhausted)
        }
    }

    @Test func cancellingTheTaskStopsTheHandler() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let call = Task { try await connection.call(Hang.self, RPCNothing()) }
            try await eventually("the call") { service.witness.count("hanging") == 1 }
            call.cancel()
            let error = await #expect(throws: RPCError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            try await eventually("the stop") { service.witness.count("stopped") == 1 }
            _ = try await connection.call(Echo.self, Echo.Body(text: "still there"))
        }
    }

    @Test func aCallThatIsCancelledBeforeItStartsIsNotSent() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await connection.call(Hang.self, RPCNothing())
            }
            let error = await #expect(throws: RPCError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            try await connection.ping()
            #expect(service.witness.count("hanging") == 0)
        }
    }

    @Test func deadlinesReachBothSides() async throws {
        try await TestService().run { service in
            let connection = try await service.connect()
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(Hang.self, RPCNothing(), context: .fresh(timeout: .milliseconds(50)))
            }
            #expect(error?.code == .deadlineExceeded)
            try await eventually("the stop") { service.witness.count("stopped") == service.witness.count("hanging") }
        }
    }

    @Test func moreCallsThanAreAllowedWaitTheirTurn() async throws {
        try await TestService(limits: RPCLimits(requestsInFlight: 4)).run { service in
            let connection = try await service.connect()
            let hanging = (0..<4).map { _ in Task { try await connection.call(Hang.self, RPCNothing()) } }
            try await eventually("the calls") { service.witness.count("hanging") == 4 }
            let waiting = Task { try await connection.call(Echo.self, Echo.Body(text: "later")) }
            try await connection.ping()
            hanging[0].cancel()
            #expect(try await waiting.value.text == "later")
            for call in hanging { call.cancel() }
            for call in hanging { _ = await call.result }
        }
    }

    @Test func restrictedMethodsAreForStatedUsersOnly() {
        let (root, own, served, other) = (
            RPCPeer(pid: 1, uid: 0, gid: 0), RPCPeer(pid: 1, uid: 7, gid: 7),
            RPCPeer(pid: 1, uid: 8, gid: 8), RPCPeer(pid: 1, uid: 9, gid: 9)
        )
        let expected: [(RPCAccess, [Bool])] = [
            (.anyone, [true, true, true, true]), (.engine, [true, true, true, false]), (.administrator, [true, true, false, false]),
        ]
        for (access, answers) in expected {
            #expect([root, own, served, other].map { access.admits($0, ownUID: 7, servedUIDs: [8]) } == answers)
        }
    }
}
