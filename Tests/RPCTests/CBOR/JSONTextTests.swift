// The same documents that a general encoder writes, member for member.
import Foundation
import RPC
import Testing

struct JSONTextTests {
    private struct Inner: Codable, Equatable {
        var zeta = "last"
        var alpha: String?
        var list: [Int] = [3, -1, 0]
        var bytes: [UInt8] = [0, 255]
        var none: [String] = []
    }

    private enum Phase: Codable, Equatable {
        case idle
        case running(Inner)
    }

    private struct Outer: Codable, Equatable {
        var name = "a \"quoted\" \\ name / with\ttabs\nlines and \u{1}\u{1f}\u{8}\u{c}\r"
        var unicode = "größer ✓ 🐳 \u{2028}"
        var inner = Inner()
        var labels = ["b": "2", "a": "1", "ab": "", "B": "x"]
        var nested: [String: [String: Int64]] = ["x": ["least": .min, "most": .max], "": [:]]
        var phases: [Phase] = [.idle, .running(Inner(alpha: "here"))]
        var unsigned: UInt64 = .max
        var ratio = 0.1
        var whole = 3.0
        var small: Float = 0.2
        var huge = 1e300
        var flag = true
    }

    private func general(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func text(_ value: some Encodable) throws -> String { String(decoding: try JSONText.encode(value), as: UTF8.self) }

    @Test func aDocumentReadsBackAsItWas() throws {
        let text = try JSONText.encode(Outer())
        #expect(try JSONDecoder().decode(Outer.self, from: Data(text)) == Outer())
    }

    @Test func itIsWhatAGeneralEncoderWrites() throws {
        #expect(try text(Inner()) == general(Inner()))
        #expect(try text(Outer().phases) == general(Outer().phases))
        #expect(try text(Outer().name) == general(Outer().name))
        #expect(try text(Outer().unicode) == general(Outer().unicode))
        #expect(try text([1.5, 3, -0.25]) == general([1.5, 3, -0.25]))
        #expect(try text([String: Int]()) == "{}")
        #expect(try text(Int?.none) == "null")
    }

    @Test func membersAreInTheOrderOfTheirKeys() throws {
        let object = Dictionary(uniqueKeysWithValues: (0..<40).map { ("key\($0)", $0) })
        let expected = object.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\"\($0)\":\(object[$0] ?? -1)" }
        #expect(try text(object) == "{\(expected.joined(separator: ","))}")
        #expect(try text(["b": ["d": 1, "c": 2], "a": ["f": 3, "e": 4]]) == #"{"a":{"e":4,"f":3},"b":{"c":2,"d":1}}"#)
    }

    @Test func controlCharactersAreEscaped() throws {
        #expect(try text("\u{0}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\"\\/\u{7f}") == #""\u0000\u0007\b\t\n\u000b\f\r\u001b\"\\/"# + "\u{7f}\"")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aNumberThatIsNoneIsRefused(number: Double) {
        #expect(throws: RPCError.self) { try JSONText.encode([number]) }
    }
}
