// Absence, null and zero values, read and written as dockerd does.
import Models
import Testing

@Suite("Fields") struct FieldCodingTests {
    private struct Sample: Codable, Equatable {
        @ZeroIfAbsent var number: Int64
        @OmittedIfZero var word: String
        @NullIfAbsent var list: [String]?
        @StringOrList var command: [String]?
        var maybe: Bool?
    }

    @Test(arguments: ["{}", #"{"number":null,"word":null,"list":null,"command":null,"maybe":null}"#])
    func absentAndNullAreTheSame(_ text: String) throws {
        let sample = try JSON.decode(Sample.self, text)
        #expect(sample.number == 0)
        #expect(sample.word == "")
        #expect(sample.list == nil)
        #expect(sample.command == nil)
        #expect(sample.maybe == nil)
        #expect(try JSON.encode(sample) == #"{"command":null,"list":null,"number":0}"#)
    }

    @Test func emptyIsNotNull() throws {
        let sample = try JSON.decode(Sample.self, #"{"list":[],"command":[]}"#)
        #expect(sample.list == [])
        #expect(sample.command == [])
        #expect(try JSON.encode(sample) == #"{"command":[],"list":[],"number":0}"#)
    }

    @Test func valuesGoBothWays() throws {
        let text = #"{"command":["a","b"],"list":["x"],"maybe":false,"number":-5,"word":"w"}"#
        #expect(try JSON.encode(try JSON.decode(Sample.self, text)) == text)
    }

    @Test func aCommandMayBeAString() throws {
        #expect(try JSON.decode(Sample.self, #"{"command":"ls -l"}"#).command == ["ls -l"])
        #expect(try JSON.decode(Sample.self, #"{"command":""}"#).command == [""])
    }

    @Test(arguments: [
        (#"{"number":"5"}"#, "number"), (#"{"number":1.5}"#, "number"), (#"{"number":99999999999999999999}"#, "number"),
        (#"{"word":5}"#, "word"), (#"{"list":"x"}"#, "list"), (#"{"command":5}"#, "command"),
    ])
    func aWrongTypeIsAnErrorThatNamesTheField(_ text: String, _ field: String) throws {
        #expect {
            try JSON.decode(Sample.self, text)
        } throws: { error in
            switch error {
            case DecodingError.typeMismatch(_, let context), DecodingError.dataCorrupted(let context):
                context.codingPath.first?.stringValue == field
            default: false
            }
        }
    }
}
