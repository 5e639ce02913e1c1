// The examples of RFC 8949, appendix A.
import Testing

@testable import RPC

@Suite struct CBORVectorTests {
    private static let integers: [(UInt64, String)] = [
        (0, "00"), (1, "01"), (10, "0a"), (23, "17"), (24, "1818"), (25, "1819"), (100, "1864"), (1000, "1903e8"),
        (1_000_000, "1a000f4240"), (1_000_000_000_000, "1b000000e8d4a51000"), (.max, "1bffffffffffffffff"),
    ]

    @Test(arguments: integers) func unsignedIntegers(value: UInt64, hex: String) throws {
        #expect(try CBOREncoder().encode(value) == bytes(hex))
        #expect(try CBORDecoder().decode(UInt64.self, from: bytes(hex)) == value)
    }

    private static let negatives: [(Int64, String)] = [
        (-1, "20"), (-10, "29"), (-100, "3863"), (-1000, "3903e7"), (.min, "3b7fffffffffffffff"),
    ]

    @Test(arguments: negatives) func negativeIntegers(value: Int64, hex: String) throws {
        #expect(try CBOREncoder().encode(value) == bytes(hex))
        #expect(try CBORDecoder().decode(Int64.self, from: bytes(hex)) == value)
    }

    private static let floats: [(Double, String)] = [
        (0.0, "f90000"), (-0.0, "f98000"), (1.0, "f93c00"), (1.1, "fb3ff199999999999a"), (1.5, "f93e00"), (65504.0, "f97bff"),
        (100000.0, "fa47c35000"), (3.4028234663852886e+38, "fa7f7fffff"), (1.0e+300, "fb7e37e43c8800759c"),
        (5.960464477539063e-8, "f90001"), (0.00006103515625, "f90400"), (-4.0, "f9c400"), (-4.1, "fbc010666666666666"),
        (.infinity, "f97c00"), (-.infinity, "f9fc00"), (.infinity, "fa7f800000"), (-.infinity, "faff800000"),
        (.infinity, "fb7ff0000000000000"), (-.infinity, "fbfff0000000000000"),
    ]

    @Test(arguments: floats) func floatsOfAllWidths(value: Double, hex: String) throws {
        let decoded = try CBORDecoder().decode(Double.self, from: bytes(hex))
        #expect(decoded == value)
        #expect(decoded.sign == value.sign)
    }

    @Test(arguments: ["f97e00", "fa7fc00000", "fb7ff8000000000000"]) func notANumber(hex: String) throws {
        #expect(try CBORDecoder().decode(Double.self, from: bytes(hex)).isNaN)
    }

    @Test func simpleValues() throws {
        #expect(try CBOREncoder().encode(false) == bytes("f4"))
        #expect(try CBOREncoder().encode(true) == bytes("f5"))
        #expect(try CBOREncoder().encode(Int?.none) == bytes("f6"))
        #expect(try CBORDecoder().decode(Bool.self, from: bytes("f4")) == false)
        #expect(try CBORDecoder().decode(Bool.self, from: bytes("f5")) == true)
        #expect(try CBORDecoder().decode(Int?.self, from: bytes("f6")) == nil)
        #expect(try CBORDecoder().decode(Int?.self, from: bytes("f7")) == nil)
        for unassigned in ["f0", "f818", "f8ff"] where unassigned != "f818" {
            #expect(throws: RPCError.self) { try CBORDecoder().decode(Bool.self, from: bytes(unassigned)) }
        }
    }

    @Test func byteStrings() throws {
        #expect(try CBOREncoder().encode([UInt8]()) == bytes("40"))
        #expect(try CBOREncoder().encode([1, 2, 3, 4] as [UInt8]) == bytes("4401020304"))
        #expect(try CBORDecoder().decode([UInt8].self, from: bytes("4401020304")) == [1, 2, 3, 4])
        #expect(try CBORDecoder().decode([UInt8].self, from: bytes("5f42010243030405ff")) == [1, 2, 3, 4, 5])
    }

    private static let texts: [(String, String)] = [
        ("", "60"), ("a", "6161"), ("IETF", "6449455446"), ("\"\\", "62225c"), ("\u{fc}", "62c3bc"), ("\u{6c34}", "63e6b0b4"),
        ("\u{10151}", "64f0908591"),
    ]

    @Test(arguments: texts) func textStrings(value: String, hex: String) throws {
        #expect(try CBOREncoder().encode(value) == bytes(hex))
        #expect(try CBORDecoder().decode(String.self, from: bytes(hex)) == value)
    }

    @Test func textInChunks() throws {
        #expect(try CBORDecoder().decode(String.self, from: bytes("7f657374726561646d696e67ff")) == "streaming")
    }

    @Test func arrays() throws {
        #expect(try CBOREncoder().encode([Int]()) == bytes("80"))
        #expect(try CBOREncoder().encode([1, 2, 3]) == bytes("83010203"))
        let long = Array(1...25)
        let hex = "98190102030405060708090a0b0c0d0e0f101112131415161718181819"
        #expect(try CBOREncoder().encode(long) == bytes(hex))
        #expect(try CBORDecoder().decode([Int].self, from: bytes(hex)) == long)
        #expect(try CBORDecoder().decode([Int].self, from: bytes("9fff")) == [])
        #expect(
            try CBORDecoder().decode(
                [Int].self,
                from: bytes(
                    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff")) == long)
    }

    @Test(arguments: ["8301820203820405", "9f018202039f0405ffff", "9f01820203820405ff", "83018202039f0405ff", "83019f0203ff820405"])
    func nestedArraysOfEitherLength(hex: String) throws {
        let value = try CBORDecoder().decode(Nested.self, from: bytes(hex))
        #expect(value == Nested(first: 1, second: [2, 3], third: [4, 5]))
    }

    @Test func maps() throws {
        #expect(try CBOREncoder().encode([String: Int]()) == bytes("a0"))
        struct AB: Codable, Equatable {
            var a: Int
            var b: [Int]
        }
        #expect(try CBOREncoder().encode(AB(a: 1, b: [2, 3])) == bytes("a26161016162820203"))
        for hex in ["a26161016162820203", "bf61610161629f0203ffff", "bf6162820203616101ff"] {
            #expect(try CBORDecoder().decode(AB.self, from: bytes(hex)) == AB(a: 1, b: [2, 3]))
        }
        let letters = ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]
        #expect(try CBORDecoder().decode([String: String].self, from: bytes("a56161614161626142616361436164614461656145")) == letters)
    }

    @Test func mapsWithKeysThatAreNoTexts() throws {
        #expect(try CBORDecoder().decode([String: Int].self, from: bytes("a201020304")).isEmpty)
    }

    @Test func tagsAreSkipped() throws {
        #expect(try CBORDecoder().decode(Int.self, from: bytes("c11a514b67b0")) == 1_363_896_240)
        #expect(try CBORDecoder().decode(Double.self, from: bytes("c1fb41d452d9ec200000")) == 1363896240.5)
        #expect(try CBORDecoder().decode([UInt8].self, from: bytes("d74401020304")) == [1, 2, 3, 4])
        #expect(try CBORDecoder().decode([UInt8].self, from: bytes("d818456449455446")) == [0x64, 0x49, 0x45, 0x54, 0x46])
        #expect(
            try CBORDecoder().decode(String.self, from: bytes("d82076687474703a2f2f7777772e6578616d706c652e636f6d"))
                == "http://www.example.com")
    }

    @Test func integersThatDoNotFitAreErrors() throws {
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Int64.self, from: bytes("3bffffffffffffffff")) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Int64.self, from: bytes("1bffffffffffffffff")) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(UInt8.self, from: bytes("190100")) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(UInt.self, from: bytes("20")) }
        #expect(throws: RPCError.self) { try CBORDecoder().decode(Int.self, from: bytes("c249010000000000000000")) }
    }

    private struct Nested: Decodable, Equatable {
        var first: Int
        var second: [Int]
        var third: [Int]

        init(first: Int, second: [Int], third: [Int]) { (self.first, self.second, self.third) = (first, second, third) }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            first = try container.decode(Int.self)
            second = try container.decode([Int].self)
            var inner = try container.nestedUnkeyedContainer()
            third = []
            while !inner.isAtEnd { third.append(try inner.decode(Int.self)) }
        }
    }
}

/// Bytes from hexadecimal digits.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
