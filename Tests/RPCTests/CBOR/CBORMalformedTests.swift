// Bytes that are not CBOR, or more than a message may be.
import Testing

@testable import RPC

@Suite struct CBORMalformedTests {
    struct Anything: Decodable { init(from decoder: any Decoder) throws {} }

    static let malformed: [(String, String)] = [
        ("", "nothing"), ("18", "a cut head"), ("19 00", "a cut head"), ("1a 000000", "a cut head"), ("1b 00000000000000", "a cut head"),
        ("1c", "reserved information"), ("1d", "reserved information"), ("1e", "reserved information"), ("fc", "reserved information"),
        ("1f", "an integer of indefinite length"), ("3f", "an integer of indefinite length"), ("df00", "a tag of indefinite length"),
        ("ff", "a stray break"), ("82 01", "a cut array"), ("9f 01", "an array without its end"), ("a1 6161", "a cut map"),
        ("bf 6161 ff", "a map with half an entry"), ("61", "a cut text"), ("42 01", "cut bytes"), ("5f 41", "a cut chunk"),
        ("5f 6161 ff", "a chunk of another type"), ("7f 4161 ff", "a chunk of another type"), ("5f 5f ff ff", "nested chunks"),
        ("61 ff", "a text that is not UTF-8"), ("62 c080", "an overlong encoding"), ("63 eda080", "a surrogate"),
        ("7f 61c3 61bc ff", "a character across chunks"), ("00 00", "more than one item"), ("f8 00", "a misspelt simple value"),
        ("f8 1f", "a misspelt simple value"), ("a2 6161 01 6161 02", "a key twice"), ("bf 6161 01 6161 02 ff", "a key twice"),
        ("a2 6161 01 780161 02", "a key twice, spelt differently"), ("a2 01 01 01 02", "a key twice that is no text"),
        ("a1 7f6161ff 01", "a key of indefinite length"), ("c1", "a tag without a value"),
        ("9b 7fffffffffffffff", "a hostile count"), ("bb 7fffffffffffffff", "a hostile count"), ("bb ffffffffffffffff", "a hostile count"),
        ("5b 7fffffffffffffff", "a hostile length"), ("7b ffffffffffffffff", "a hostile length"),
        ("5b ffffffffffffffff 00", "a hostile length"),
    ]

    @Test(arguments: malformed.indices) func isRefused(index: Int) {
        let (hex, name) = Self.malformed[index]
        let error = #expect(throws: RPCError.self, "\(name)") { try CBORDecoder().decode(Anything.self, from: bytes(hex)) }
        #expect(error?.code == .invalidParameter)
    }

    static let valid = [
        "00", "3903e7", "f8ff", "f7", "a0", "80", "40", "60", "c100", "5f4101ff", "9f9fffff", "a1a000", "fb7ff8000000000000",
    ]

    @Test(arguments: valid) func isTaken(hex: String) throws {
        _ = try CBORDecoder().decode(Anything.self, from: bytes(hex))
    }

    @Test(arguments: [UInt8(0x81), 0x9f, 0xc1, 0xa1, 0xbf]) func nestingIsLimited(initial: UInt8) {
        let deep = [UInt8](repeating: initial, count: 1_000_000)
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Anything.self, from: deep) }
    }

    @Test func aMapWithManyKeysFindsTheOneThatIsThereTwice() throws {
        var writer = CBORWriter()
        writer.map(count: 50_001)
        for number in 0..<50_000 {
            writer.text("key number \(number)")
            writer.null()
        }
        writer.text("key number 31415")
        writer.null()
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Anything.self, from: writer.bytes) }
    }
}
