// Attach over a WebSocket: the handshake, the frames, and a whole exchange on the wire.
import NIOCore
import Testing

@testable import GatewayAPI

@Suite("WebSocket") struct WebSocketTests {
    /// A frame as clients send it.
    private static func masked(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var frame: [UInt8] = [(final ? 0x80 : 0) | opcode]
        switch payload.count {
        case ...125: frame.append(0x80 | UInt8(payload.count))
        case ...0xffff: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: frame += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return frame + mask + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    @Test func theAcceptKeyIsTheStandardsExample() {
        #expect(WebSocketHandshake.accept(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [0, 5, 125, 126, 65_535, 65_536])
    func framesAreReadHoweverTheyAreCut(_ length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = Self.masked(2, payload)
        for cut in [1, 2, 7, bytes.count] {
            var reader = WebSocketReader()
            var inputs: [WebSocketInput] = []
            for start in stride(from: 0, to: bytes.count, by: max(cut, bytes.count / 50)) {
                reader.append(ByteBuffer(bytes: bytes[start..<min(start + max(cut, bytes.count / 50), bytes.count)]))
                while let input = try reader.next() { inputs.append(input) }
            }
            #expect(inputs == [.data(ByteBuffer(bytes: payload))])
        }
    }

    @Test func controlFramesAreToldApart() throws {
        var reader = WebSocketReader()
        reader.append(
            ByteBuffer(bytes: Self.masked(9, [7]) + Self.masked(1, [65], final: false) + Self.masked(0, [66]) + Self.masked(8, [3, 232])))
        var inputs: [WebSocketInput] = []
        while let input = try reader.next() { inputs.append(input) }
        #expect(inputs == [.ping(ByteBuffer(bytes: [7])), .data(ByteBuffer(bytes: [65])), .data(ByteBuffer(bytes: [66])), .close])
    }

    @Test(
        arguments: [
            ([0x82, 0x01, 0x41], UInt16(1002)), ([0xc2, 0x81, 0, 0, 0, 0, 0x41], 1002), ([0x83, 0x80, 0, 0, 0, 0], 1002),
            ([0x89, 0xfe, 0, 126], 1002), ([0x09, 0x80, 0, 0, 0, 0], 1002), ([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0], 1009),
        ] as [([UInt8], UInt16)])
    func badFramesEndTheSocket(_ bytes: [UInt8], _ code: UInt16) {
        var reader = WebSocketReader()
        reader.append(ByteBuffer(bytes: bytes))
        #expect(throws: WebSocketProtocolError(code: code)) { try reader.next() }
    }

    @Test func framesAreTakenOffWhereverTheyAreCut() {
        var framed = ByteBuffer()
        StreamFrame.append(Array("out".utf8), of: .stdout, to: &framed)
        StreamFrame.append(Array("err".utf8), of: .stderr, to: &framed)
        for cut in 1...framed.readableBytes {
            var unframer = StreamUnframer()
            var rest = framed
            var text = ""
            while let piece = rest.readSlice(length: min(cut, rest.readableBytes)), piece.readableBytes > 0 {
                text += String(buffer: unframer.payload(of: piece))
            }
            #expect(text == "outerr")
        }
    }

    private static let opening = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    @Test func aMessageGoesToTheContainerAndComesBack() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            let lines = ["GET /containers/tty/attach/ws?stdin=1&stdout=1&stream=1 HTTP/1.1", "Host: d"] + Self.opening
            try await client.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
            let head = try await client.head()
            #expect(head.status == 101)
            #expect(head.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            try await client.write(ByteBuffer(bytes: Self.masked(1, Array("hello".utf8))))
            #expect(try await client.read(count: 7) == [0x82, 5] + Array("hello".utf8))
            try await client.write(ByteBuffer(bytes: Self.masked(9, [1])))
            #expect(try await client.read(count: 3) == [0x8a, 1, 1])
            try await client.write(ByteBuffer(bytes: Self.masked(8, [3, 232])))
            #expect(await client.readToEnd() == [0x88, 2, 3, 232])
        }
    }

    @Test func aBodyThatBreaksOffEndsTheConnection() async throws {
        try await TestServer.with { server in
            let client = try await server.connect()
            try await client.write("POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n")
            _ = await client.readToEnd()
            #expect(try await server.send("GET", "/_ping").status == 200)
        }
    }

    @Test func whatIsNoOpeningIsRefused() async throws {
        try await TestServer.with { server in
            let plain = try await server.send("GET", "/containers/c/attach/ws")
            #expect(plain.status == 400)
            let old = Self.opening.map { $0.replacing("Version: 13", with: "Version: 8") }
            #expect(try await server.send("GET", "/containers/c/attach/ws", headers: old).status == 400)
            #expect(try await server.send("GET", "/containers/missing/attach/ws", headers: Self.opening).status == 404)
        }
    }
}
