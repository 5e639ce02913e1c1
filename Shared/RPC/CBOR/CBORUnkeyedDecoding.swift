// Arrays as unkeyed containers.

struct CBORUnkeyedDecoding: UnkeyedDecodingContainer {
    private let document: CBORDocument
    private let name: String
    private var offset: Int
    private(set) var currentIndex = 0
    let count: Int?
    var codingPath: [any CodingKey] { [] }

    init(document: CBORDocument, head: CBORHead, name: String) {
        self.document = document
        self.name = name
        offset = head.next
        count = head.isIndefinite ? nil : Int(exactly: head.argument)
    }

    var isAtEnd: Bool {
        if let count { return currentIndex >= count }
        return document.isStop(at: offset)
    }

    mutating func decodeNil() throws -> Bool {
        guard document.isNull(at: try element().offset) else { return false }
        advance()
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try element().value(type)
        advance()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        let container = try element().container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try element().unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try element()
        advance()
        return decoder
    }

    private func element() throws(RPCError) -> CBORDecoding {
        guard !isAtEnd else { throw RPCError(.invalidParameter, "The array \"\(name)\" has too few elements.") }
        return CBORDecoding(document: document, offset: offset, name: name)
    }

    private mutating func advance() {
        offset = document.skip(offset)
        currentIndex += 1
    }
}
