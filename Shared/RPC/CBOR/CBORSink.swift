// Where an encoding writes: the buffer and the containers that are open in it.

/// The state all containers of one encoding share. A container is open until something is written outside it.
final class CBORSink {
    var writer = CBORWriter()
    /// What went wrong where the encoder protocols can't throw.
    private(set) var failure: RPCError?

    /// A container's place: how deep it is, and which of those that were open there it is.
    struct Place {
        let level: Int
        let serial: Int
    }

    private struct Open {
        let offset: Int
        let major: CBORMajor
        let serial: Int
        var count: UInt64 = 0
        /// Where a value promised to a super-encoder starts.
        var promised: Int?
    }

    private var open: [Open] = []
    private var nextSerial = 0

    /// How many containers are open.
    var level: Int { open.count }

    /// Opens a container, or goes on with the one that the same encoder opened before.
    func container(_ major: CBORMajor, at level: Int) -> Place {
        if open.count > level, open[level].major == major {
            return Place(level: level, serial: open[level].serial)
        }
        if open.count != level || level > CBORValidator.maximumDepth { fail() }
        nextSerial += 1
        open.append(Open(offset: writer.open(major), major: major, serial: nextSerial))
        return Place(level: open.count - 1, serial: nextSerial)
    }

    /// Closes what is open inside the container and counts an element. Throws when the container has been closed itself.
    func element(of place: Place) throws(RPCError) {
        guard open.count > place.level, open[place.level].serial == place.serial else { throw Self.interleaved }
        close(above: place.level + 1)
        keepPromise(at: place.level)
        open[place.level].count += 1
    }

    func key(_ key: String, of place: Place) throws(RPCError) {
        try element(of: place)
        writer.text(key)
    }

    func count(of place: Place) -> Int {
        open.count > place.level ? Int(truncatingIfNeeded: open[place.level].count) : 0
    }

    /// A value follows, written later through a super-encoder; an empty map if nothing is.
    func promiseValue(of place: Place) {
        guard open.count > place.level else { return fail() }
        open[place.level].promised = writer.count
    }

    func fail() { failure = failure ?? Self.interleaved }

    /// Any value. The types a message is full of are written without making them containers of their own.
    func value<Value: Encodable>(_ value: Value) throws {
        if Value.self == [UInt8].self, let bytes = value as? [UInt8] { return writer.byteString(bytes) }
        if Value.self == String.self, let text = value as? String { return writer.text(text) }
        if Value.self == [String].self, let texts = value as? [String] { return strings(texts) }
        let level = open.count
        let start = writer.count
        try value.encode(to: CBOREncoding(sink: self, level: level))
        close(above: level)
        if writer.count == start { writer.map(count: 0) }
    }

    private func strings(_ texts: [String]) {
        let offset = writer.open(.array)
        for text in texts { writer.text(text) }
        writer.close(offset, count: UInt64(texts.count))
    }

    private func close(above level: Int) {
        while open.count > level {
            keepPromise(at: open.count - 1)
            let last = open.removeLast()
            writer.close(last.offset, count: last.count)
        }
    }

    private func keepPromise(at level: Int) {
        guard let start = open[level].promised else { return }
        open[level].promised = nil
        if writer.count == start { writer.map(count: 0) }
    }

    private static let interleaved = RPCError(
        .invalidParameter, "A value can't be encoded: it nests too deeply, or writes to a container that it had left already.")
}
