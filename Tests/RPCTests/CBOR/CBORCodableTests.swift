// Swift values to CBOR and back: what Codable can express, and what it can't.
import Testing

@testable import RPC

@Suite struct CBORCodableTests {
    struct Everything: Codable, Equatable {
        var bool = true
        var text = "text"
        var integers: [Int64] = [.min, -1, 0, 1, .max]
        var small: Int8 = -128
        var unsigned: UInt64 = .max
        var float: Float = 1.1
        var double = -4.1
        var bytes: [UInt8] = [0, 255]
        var lists: [[UInt8]] = [[], [1]]
        var absent: String?
        var present: Int? = 3
        var nothings: [Int?] = [1, nil, 3]
        var dictionary = ["a": [1: "one"], "b": [:]]
        var choice = Choice.both("x", number: 5)
        var choices: [Choice] = [.none, .text("t"), .both("", number: -1)]
        var empty = Empty()
        var texts: [String] = []
    }

    struct Empty: Codable, Equatable {}

    indirect enum Choice: Codable, Equatable {
        case none
        case text(String)
        case both(String, number: Int)
        case nested(Choice)
    }

    @Test func everythingSurvives() throws {
        let value = Everything()
        #expect(try CBORDecoder().decode(Everything.self, from: CBOREncoder().encode(value)) == value)
    }

    @Test func nilFieldsAreLeftOut() throws {
        struct Two: Codable { var a: Int?; var b: Int? }
        #expect(try CBOREncoder().encode(Two(a: nil, b: 1)) == bytes("a1616201"))
    }

    @Test func anEmptyArrayIsAnArrayAndEmptyBytesAreBytes() throws {
        struct Empties: Codable { var a: [String] = []; var b: [UInt8] = []; var c: [Int] = [] }
        #expect(try CBOREncoder().encode(Empties()) == bytes("a3616180616240616380"))
    }

    @Test func bytesMayComeAsAnArray() throws {
        #expect(try CBORDecoder().decode([UInt8].self, from: bytes("83010203")) == [1, 2, 3])
    }

    @Test func typesWithNothingToEncodeAreEmptyMaps() throws {
        struct Silent: Encodable { func encode(to encoder: any Encoder) throws {} }
        #expect(try CBOREncoder().encode(Silent()) == [0xa0])
        #expect(try CBOREncoder().encode([Silent(), Silent()]) == [0x82, 0xa0, 0xa0])
        #expect(try CBOREncoder().encode(RPCNothing()) == [0xa0])
    }

    @Test(arguments: [0, 1, 23, 24, 25, 255, 256, 70_000]) func countsOfEverySize(count: Int) throws {
        let array = [[Int]](repeating: [1, 2], count: count)
        #expect(try CBORDecoder().decode([[Int]].self, from: CBOREncoder().encode(array)) == array)
        let map = Dictionary(uniqueKeysWithValues: (0..<count).map { ("key \($0)", ["inner": $0]) })
        #expect(try CBORDecoder().decode([String: [String: Int]].self, from: CBOREncoder().encode(map)) == map)
        let texts = [String](repeating: "x", count: count)
        #expect(try CBORDecoder().decode([String].self, from: CBOREncoder().encode(texts)) == texts)
    }

    @Test func unknownFieldsAreIgnoredWhereverTheyAre() throws {
        struct Old: Codable, Equatable { var a: Int; var b: String }
        struct New: Codable { var z = [["x": 1]]; var b = "b"; var y = [1.5]; var a = 7; var x = Everything() }
        #expect(try CBORDecoder().decode(Old.self, from: CBOREncoder().encode(New())) == Old(a: 7, b: "b"))
    }

    @Test func fieldsAreFoundInAnyOrder() throws {
        struct Forward: Codable { var a = 1, b = 2, c = 3, d = 4 }
        struct Backward: Codable, Equatable { var d = 0, c = 0, b = 0, a = 0 }
        let decoded = try CBORDecoder().decode(Backward.self, from: CBOREncoder().encode(Forward()))
        #expect(decoded == Backward(d: 4, c: 3, b: 2, a: 1))
    }

    @Test func missingAndMistypedFieldsAreNamed() throws {
        struct Wanted: Codable { var name: String; var size: UInt8 }
        let missing = #expect(throws: RPCError.self) { try CBORDecoder().decode(Wanted.self, from: bytes("a1646e616d656178")) }
        #expect(missing?.code == .invalidParameter)
        #expect(missing?.message.contains("\"size\" is missing") == true)
        let mistyped = #expect(throws: RPCError.self) {
            try CBORDecoder().decode(Wanted.self, from: CBOREncoder().encode(["name": 1, "size": 1]))
        }
        #expect(mistyped?.message.contains("\"name\" is not a text") == true)
        let tooLarge = #expect(throws: RPCError.self) {
            try CBORDecoder().decode([String: UInt8].self, from: CBOREncoder().encode(["size": 256]))
        }
        #expect(tooLarge?.message.contains("\"size\" is not an integer between 0 and 255") == true)
    }

    @Test func unknownCasesAreErrorsNotTraps() throws {
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Choice.self, from: CBOREncoder().encode(["other": [String: Int]()])) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Choice.self, from: [0xa0]) }
        let code = try CBORDecoder().decode(RPCError.self, from: CBOREncoder().encode(["code": "newer", "message": "m"]))
        #expect(code == RPCError(.internalError, "m"))
    }

    class Base: Codable { var base = 1 }

    final class Derived: Base {
        var derived = 2
        private enum CodingKeys: String, CodingKey { case derived }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            derived = try container.decode(Int.self, forKey: .derived)
            try super.init(from: container.superDecoder())
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let parent = container.superEncoder()
            try super.encode(to: parent)
            try container.encode(derived, forKey: .derived)
        }
    }

    @Test func superclassesHaveTheirOwnMap() throws {
        let value = Derived()
        (value.base, value.derived) = (10, 20)
        let encoded = try CBOREncoder().encode(value)
        #expect(encoded == bytes("a2657375706572a164626173650a676465726976656414"))
        let decoded = try CBORDecoder().decode(Derived.self, from: encoded)
        #expect((decoded.base, decoded.derived) == (10, 20))
    }

    @Test func anUnusedSuperEncoderIsAnEmptyMap() throws {
        struct Lazy: Encodable {
            enum Key: String, CodingKey { case a, b }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                _ = container.superEncoder(forKey: .a)
                try container.encode(1, forKey: .b)
            }
        }
        #expect(try CBOREncoder().encode(Lazy()) == bytes("a26161a0616201"))
    }

    @Test func writingToAContainerThatWasLeftIsAnError() {
        struct Interleaved: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                var first = container.nestedUnkeyedContainer()
                try first.encode(1)
                try container.encode(2)
                try first.encode(3)
            }
        }
        #expect(throws: RPCError.self) { try CBOREncoder().encode(Interleaved()) }
    }

    @Test func whatIsNestedTooDeeplyIsRefusedBothWays() throws {
        func nested(_ depth: Int) -> Choice { (0..<depth).reduce(.none) { inner, _ in .nested(inner) } }
        let shallow = nested(20)
        #expect(try CBORDecoder().decode(Choice.self, from: CBOREncoder().encode(shallow)) == shallow)
        #expect(throws: RPCError.self) { try CBOREncoder().encode(nested(100)) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Choice.self, from: [UInt8](repeating: 0x81, count: 100) + [0]) }
    }
}
