// Looks keys up in a map without an index: fields are nearly always asked for in the order they were written in.

/// A place in a map that moves to the entry found last. Starts the next search there and goes once around.
struct CBORMapCursor {
    private struct Position {
        /// Offset of the entry's key.
        var key: Int
        var index: UInt64
    }

    let document: CBORDocument
    private let first: Position
    /// nil for an indefinite length.
    private let count: UInt64?
    private var current: Position

    /// nil when the item at `offset` is no map.
    init?(_ document: CBORDocument, at offset: Int) {
        guard let head = document.head(at: offset), head.major == .map else { return nil }
        self.document = document
        first = Position(key: head.next, index: 0)
        current = first
        count = head.isIndefinite ? nil : head.argument
    }

    /// The offset of a key's value.
    mutating func value(forKey key: String) -> Int? {
        let start = current
        if let found = search(key, from: start, until: nil) { return found }
        return start.index == 0 ? nil : search(key, from: first, until: start.index)
    }

    /// Calls `body` with each text key and the offset of its value.
    func forEach(_ body: (String, Int) throws -> Void) rethrows {
        var position = first
        while !isEnd(position) {
            let value = document.skip(position.key)
            if let key = document.text(at: position.key) { try body(key, value) }
            position = after(value, position)
        }
    }

    private mutating func search(_ key: String, from start: Position, until index: UInt64?) -> Int? {
        var position = start
        while position.index != index, !isEnd(position) {
            if document.text(at: position.key, equals: key) {
                current = position
                return document.skip(position.key)
            }
            position = after(document.skip(position.key), position)
        }
        return nil
    }

    private func after(_ value: Int, _ position: Position) -> Position {
        Position(key: document.skip(value), index: position.index + 1)
    }

    private func isEnd(_ position: Position) -> Bool {
        if let count { return position.index == count }
        return document.isStop(at: position.key)
    }
}
