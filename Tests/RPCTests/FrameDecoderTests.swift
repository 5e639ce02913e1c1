// Frames from bytes, however they are cut.
import Testing

@testable import RPC

@Suite struct FrameDecoderTests {
    private let frames = [
        RPCFrame(.hello, stream: 0, body: [0xa0]),
        RPCFrame(.request, stream: 1, descriptorCount: 3, body: [UInt8](repeating: 5, count: 70_000)),
        RPCFrame(.cancel, stream: .max),
        RPCFrame(.ping, stream: 0, body: [1, 2, 3]),
    ]

    private func decode(_ bytes: [UInt8], cutInto size: Int, limit: Int = 4 << 20) throws -> [RPCFrame] {
        var decoder = RPCFrameDecoder(limit: limit)
        var decoded: [RPCFrame] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(size).withUnsafeBytes { try decoder.push($0) { decoded.append($0) } }
            rest = rest.dropFirst(size)
        }
        #expect(!decoder.isMidFrame)
        return decoded
    }

    @Test(arguments: [1, 2, 3, 4, 5, 7, 11, 12, 13, 100, 65_536, 1_000_000]) func cutAnywhere(size: Int) throws {
        #expect(try decode(frames.flatMap { $0.encoded() }, cutInto: size) == frames)
    }

    @Test func theLayoutIsFixed() {
        let frame = RPCFrame(.item, stream: 0x0102_0304, descriptorCount: 2, body: [0xaa, 0xbb])
        #expect(frame.encoded() == bytes("0000000a 01 05 02 00 01020304 aabb"))
    }

    @Test func allKindsAreNumbered() throws {
        #expect(RPCFrame.Kind.allCases.map(\.rawValue) == Array(1...10))
        for kind in RPCFrame.Kind.allCases { #expect(try decode(RPCFrame(kind, stream: 9).encoded(), cutInto: 3).first?.kind == kind) }
    }

    @Test func theLimitIsExact() throws {
        let frame = RPCFrame(.item, stream: 1, body: [UInt8](repeating: 0, count: 92))
        #expect(try decode(frame.encoded(), cutInto: 10, limit: 100) == [frame])
        #expect(throws: RPCProtocolError.self) { try decode(frame.encoded(), cutInto: 10, limit: 99) }
    }

    static let broken: [(String, String)] = [
        ("00000007", "less than a header"), ("ffffffff", "more than the"), ("00000008 01 00 00 00 00000000", "unknown kind 0"),
        ("00000008 01 0b 00 00 00000000", "unknown kind 11"), ("00000008 01 01 00 07 00000000", "reserved byte"),
    ]

    @Test(arguments: broken.indices) func whatIsBrokenIsNamed(index: Int) {
        let (hex, reason) = Self.broken[index]
        let error = #expect(throws: RPCProtocolError.self) { try decode(bytes(hex), cutInto: 1) }
        #expect(error?.reason.contains(reason) == true)
        #expect(error?.answer == nil)
    }

    @Test func anotherVersionIsNoticedBeforeItsHeaderIsRead() {
        let error = #expect(throws: RPCProtocolError.self) { try decode(bytes("00000009 02"), cutInto: 5) }
        #expect(error?.answer?.details == ["version": "1", "peerVersion": "2"])
    }

    @Test func nothingIsTakenAfterAnError() throws {
        var decoder = RPCFrameDecoder(limit: 100)
        var decoded = 0
        let broken = bytes("00000008 01 63 00 00 00000000")
        #expect(throws: RPCProtocolError.self) { try broken.withUnsafeBytes { try decoder.push($0) { _ in decoded += 1 } } }
        try RPCFrame(.ping, stream: 0).encoded().withUnsafeBytes { try decoder.push($0) { _ in decoded += 1 } }
        #expect(decoded == 0)
    }

    @Test func framesBeforeAnErrorAreHandedOn() {
        var decoder = RPCFrameDecoder()
        var decoded: [RPCFrame] = []
        let both = RPCFrame(.ping, stream: 0).encoded() + bytes("00000008 01 63 00 00 00000000")
        #expect(throws: RPCProtocolError.self) { try both.withUnsafeBytes { try decoder.push($0) { decoded.append($0) } } }
        #expect(decoded == [RPCFrame(.ping, stream: 0)])
    }

    @Test(arguments: 0..<8) func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed + 500)
        for _ in 0..<500 {
            var decoder = RPCFrameDecoder(limit: 1000)
            // A plausible start reaches further than random bytes do.
            let head: [UInt8] = Bool.random(using: &random) ? [0, 0, UInt8.random(in: 0...3, using: &random)] : []
            let input = head + random.bytes(Int.random(in: 0..<200, using: &random))
            do {
                try input.withUnsafeBytes { try decoder.push($0) { #expect($0.body.count <= 992) } }
            } catch {
                #expect(error is RPCProtocolError)
            }
        }
    }
}
