// Peers that break the protocol lose their connection, and nobody else notices.
import Glibc
import RPC
import RPCNIO
import Testing

@Suite(.timeLimit(.minutes(2)))
struct MisbehaviourTests {
    /// Bytes that end a connection, with what the last frame before the end is expected to be.
    static let offences: [(String, [UInt8])] = [
        ("an HTTP request", Array("GET / HTTP/1.1\r\n\r\n".utf8)),
        ("a length beyond the limit", [0x7f, 0xff, 0xff, 0xff, 1, 1, 0, 0, 0, 0, 0, 0]),
        ("a length below a header", [0, 0, 0, 7, 1, 1, 0, 0, 0, 0, 0]),
        ("an unknown kind", [0, 0, 0, 8, 1, 99, 0, 0, 0, 0, 0, 0]),
        ("a reserved byte", [0, 0, 0, 8, 1, 1, 0, 1, 0, 0, 0, 0]),
        ("a request before the hello", RPCFrame(.request, stream: 1, body: [0xa0]).encoded()),
        ("a hello that is none", RPCFrame(.hello, stream: 0, body: [0x01]).encoded()),
        ("a hello that is not CBOR", RPCFrame(.hello, stream: 0, body: [0xff]).encoded()),
    ]

    @Test(arguments: offences.indices) func endTheirConnectionOnly(index: Int) async throws {
        let (name, bytes) = Self.offences[index]
        try await TestService().run { service in
            let bystander = try await service.connect()
            let socket = try await RawSocket(path: service.path)
            try socket.send(bytes)
            let frames = try socket.receiveAll()
            #expect(frames.first?.kind == .hello, "\(name)")
            #expect(try await bystander.call(Echo.self, Echo.Body(text: "x")).text == "x")
        }
        try await TestEventService.run { service in
            let bystander = try await service.connect()
            let socket = try await RawSocket(path: service.path)
            try socket.send(bytes)
            _ = try socket.receiveAll()
            #expect(try await bystander.call(Echo.self, Echo.Body(text: "x")).text == "x")
        }
    }

    @Test func anotherVersionIsToldBothVersions() async throws {
        try await TestService().run { service in
            let socket = try await RawSocket(path: service.path)
            try socket.send([0, 0, 0, 9, 2, 1, 0, 0, 0, 0, 0, 0, 0xa0])
            let frames = try socket.receiveAll()
            let last = try #require(frames.last)
            #expect(last.kind == .error)
            #expect(last.stream == 0)
            let error = try CBORDecoder().decode(RPCError.self, from: last.body)
            #expect(error.code == .notImplemented)
            #expect(error.details == ["version": "1", "peerVersion": "2"])
        }
    }

    static let lateOffences: [(String, [RPCFrame])] = [
        ("a second hello", [RPCFrame(.hello, stream: 0, body: [0xa0])]),
        ("a response", [RPCFrame(.response, stream: 1, body: [0xa0])]),
        ("the reserved stream", [RPCFrame(.request, stream: 0, body: [0xa0])]),
        (
            "items without a stream method",
            [
                request(Hang.name, stream: 5), RPCFrame(.item, stream: 5, body: [0xa0]),
            ]
        ),
        ("the same stream twice", [request(Hang.name, stream: 5), request(Hang.name, stream: 5)]),
        ("credit that is none", [request(Hang.name, stream: 5), RPCFrame(.credit, stream: 5, body: [0xa0])]),
        ("a ping that is too long", [RPCFrame(.ping, stream: 0, body: [UInt8](repeating: 0, count: 65))]),
        ("descriptors that are not there", [RPCFrame(.request, stream: 1, descriptorCount: 1, body: [0xa0])]),
        ("descriptors with a ping", [RPCFrame(.ping, stream: 0, descriptorCount: 1)]),
    ]

    @Test(arguments: lateOffences.indices) func offencesAfterTheHello(index: Int) async throws {
        let (name, frames) = Self.lateOffences[index]
        @Sendable func offend(_ path: String) async throws {
            let socket = try await RawSocket(path: path)
            try socket.sendHello()
            for frame in frames { try? socket.send(frame) }
            let answers = try socket.receiveAll()
            #expect(answers.first?.kind == .hello, "\(name)")
        }
        try await TestService().run { service in
            try await offend(service.path)
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
        try await TestEventService.run { service in
            try await offend(service.path)
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
    }

    @Test func unannouncedDescriptorsEndTheConnection() async throws {
        try await TestEventService.run { service in
            let socket = try await RawSocket(path: service.path)
            try socket.sendHello()
            try socket.send(RPCFrame(.ping, stream: 0).encoded(), descriptors: [0])
            // To the end of the stream, which it throws without.
            #expect(try socket.receiveAll().first?.kind == .hello)
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
    }

    @Test func aMalformedRequestIsAnsweredAndHarmsNothing() async throws {
        try await TestService().run { service in
            let socket = try await RawSocket(path: service.path)
            try socket.sendHello()
            try socket.send(RPCFrame(.request, stream: 3, body: [0xa1, 0x61, 0x61, 0x01]))
            #expect(try socket.receive()?.kind == .hello)
            let answer = try #require(try socket.receive())
            #expect(answer.kind == .error)
            #expect(answer.stream == 3)
            try socket.send(RPCFrame(.ping, stream: 0, body: [1, 2, 3]))
            #expect(try socket.receive() == RPCFrame(.pong, stream: 0, body: [1, 2, 3]))
        }
    }

    @Test func aPeerThatSaysNothingIsNotKept() async throws {
        let limits = RPCLimits(handshake: .milliseconds(50))
        try await TestService(limits: limits).run { service in
            let socket = try await RawSocket(path: service.path)
            #expect(try socket.receiveAll().map(\.kind) == [.hello])
        }
        try await TestEventService.run(limits: limits) { service in
            let socket = try await RawSocket(path: service.path)
            #expect(try socket.receiveAll().map(\.kind) == [.hello])
        }
    }

    @Test func aPeerThatDoesNotReadIsNotKept() async throws {
        let limits = RPCLimits(queuedBytes: 256 << 10)
        @Sendable func flood(_ path: String) async throws {
            let socket = try await RawSocket(path: path)
            try socket.sendHello()
            let body = Echo.Body(text: "", bytes: [UInt8](repeating: 1, count: 60_000))
            var frame = try RPCOutboundFrame.request(method: Echo.name, context: RPCContext(traceID: "t"), body)
            var rest: ArraySlice<UInt8> = []
            try await eventually("the end") {
                if rest.isEmpty {
                    frame.stream += 1
                    rest = frame.bytes[...]
                }
                let sent = rest.withUnsafeBytes { send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
                if sent > 0 { rest = rest.dropFirst(sent) }
                return sent < 0 && (errno == EPIPE || errno == ECONNRESET)
            }
        }
        try await TestEventService.run(limits: limits) { try await flood($0.path) }
        try await TestService(limits: limits).run { service in
            try await flood(service.path)
            _ = try await service.connect().call(Echo.self, Echo.Body(text: "x"))
        }
    }

    private static func request(_ method: String, stream: UInt32) -> RPCFrame {
        struct Envelope: Encodable {
            var method: String
            var trace = "t"
            var params = RPCNothing()
        }
        let body = (try? CBOREncoder().encode(Envelope(method: method))) ?? []
        return RPCFrame(.request, stream: stream, body: body)
    }
}
