// A log in a directory of its own, and shorthands to write and read it.
import ContainerLog
import Foundation

/// Removes its directory when it goes.
final class LogFixture {
    let directory: String
    var path: String { "\(directory)/c-json.log" }

    init() throws {
        var template = Array("/tmp/berth-log-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LogFailure(operation: "mkdtemp", path: "/tmp", errno: errno) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func writer(maxSize: Int64? = nil, maxFile: Int32 = 1, attributes: [String: String] = [:]) throws -> LogWriter {
        try LogWriter(path: path, limits: LogLimits(maxSize: maxSize, maxFile: maxFile), attributes: attributes)
    }

    func reader(_ selection: LogSelection = .all) throws -> LogReader { try LogReader(path: path, selection: selection) }

    /// What a file holds; nil when it isn't there.
    func contents(_ suffix: String = "") -> String? { try? String(contentsOfFile: path + suffix, encoding: .utf8) }

    func put(_ text: String, _ suffix: String = "") throws { try text.write(toFile: path + suffix, atomically: false, encoding: .utf8) }

    func append(_ text: String) throws {
        let handle = try require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw LogFailure(operation: "open", path: path, errno: ENOENT) }
        return value
    }
}

extension LogWriter {
    func write(_ text: String, to stream: LogStream = .stdout, at time: Int64 = 0) {
        Array(text.utf8).withUnsafeBufferPointer { write($0, to: stream, at: time) }
    }
}

extension LogReader {
    /// All that is there for now, as text.
    mutating func texts() -> [String] {
        var result: [String] = []
        while let entry = next() { result.append(String(decoding: entry.bytes, as: UTF8.self)) }
        return result
    }
}

func line(_ text: String, _ second: Int = 0, _ stream: String = "stdout") -> String {
    "{\"log\":\"\(text)\\n\",\"stream\":\"\(stream)\",\"time\":\"1970-01-01T00:00:\(second < 10 ? "0" : "")\(second)Z\"}\n"
}
