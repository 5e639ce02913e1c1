// A process's streams with no process: the test holds the other ends.
import CLinux
import ContainerLog
import Foundation
import Glibc
import Linux

@testable import ShimServer

/// Pipes for stdin, stdout and stderr, an event loop that is turned by hand, and a log.
final class StreamFixture {
    let loop: EventLoop
    let log: LogWriter
    let streams: ProcessStreams
    /// The process's ends.
    let stdin: Int32
    private(set) var stdout: Int32
    private(set) var stderr: Int32
    private let directory: String
    private let ends: ProcessEnds

    init(
        isTerminal: Bool = false, stdinEnd: ProcessStreams.StdinEnd = .never, isConnected: Bool = true, isLogged: Bool = true,
        hasSoleReader: Bool = false
    ) throws {
        directory = try TemporaryPath.make("streams")
        loop = try EventLoop()
        log = try LogWriter(path: "\(directory)/log", limits: LogLimits())
        streams = ProcessStreams(
            loop: loop, isTerminal: isTerminal, log: isLogged ? log : nil, stdinEnd: stdinEnd, hasSoleReader: hasSoleReader)
        let (input, output, errors) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        (stdin, stdout, stderr) = (input[0], output[1], errors[1])
        ends = ProcessEnds(stdin: input[1], outputs: [(.stdout, output[0]), (.stderr, errors[0])], terminal: nil)
        _ = clinux_set_nonblocking(stdin)
        if isConnected { connect() }
    }

    deinit {
        close(stdin)
        closeOutput()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func connect() { streams.connect(ends) }

    func closeOutput() {
        if stdout >= 0 { close(stdout) }
        if stderr >= 0 { close(stderr) }
        (stdout, stderr) = (-1, -1)
    }

    func print(_ text: String, to descriptor: Int32? = nil) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(descriptor ?? stdout, $0.baseAddress, $0.count) }
    }

    /// What arrived on the process's stdin; nil at its end.
    func readInput() -> String? { TestClient.read(stdin).map { String(decoding: $0, as: UTF8.self) } }

    /// Turns the loop until the condition holds; false after a generous deadline.
    func turn(until condition: () -> Bool) throws -> Bool { try loop.turn(until: condition) }

    func logged() throws -> [String] {
        var reader = try LogReader(path: log.path)
        var texts: [String] = []
        while let entry = reader.next() { texts.append(String(decoding: entry.bytes, as: UTF8.self)) }
        return texts
    }

    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw LogFailure(operation: "pipe", path: "", errno: errno) }
        return ends
    }
}

enum TemporaryPath {
    /// A new directory with a short name: the sockets below it have to fit an address.
    static func make(_ name: String) throws -> String {
        var template = Array("/tmp/berth-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw LogFailure(operation: "mkdtemp", path: "/tmp", errno: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The far end of an attached client.
final class TestClient {
    private(set) var received: [UInt8] = []
    private(set) var isEnded = false
    private(set) var end: StreamClient.End?
    private let socket: Int32
    private weak var fixture: StreamFixture?

    init(
        _ fixture: StreamFixture, stdin: Bool = false, keys: [UInt8] = [], logs: Bool = false, goesLive: Bool = true,
        readsItself: Bool = true, handed: StreamClient.Handed? = nil
    ) throws {
        self.fixture = fixture
        var pair: [Int32] = [-1, -1]
        guard clinux_unix_pair(&pair) == 0 else { throw LogFailure(operation: "socketpair", path: "", errno: errno) }
        socket = pair[0]
        // As the shim has it: without a terminal there are no keys, whatever the client asks for.
        let isTerminal = fixture.streams.isTerminal
        let wish = StreamClient.Wish(stdin: stdin, stdout: true, stderr: true, detachKeys: isTerminal ? keys : [], isRaw: isTerminal)
        let replay = logs ? try LogReplay(of: fixture.log, goesLive: goesLive) : nil
        let client = StreamClient(loop: fixture.loop, socket: pair[1], wish: wish, replay: replay, handed: handed)
        fixture.streams.add(client, takesInput: stdin) { [weak self] in self?.end = $0 }
        if readsItself { try startReading() }
    }

    deinit { hangUp() }

    /// Reads in the fixture's loop from now on.
    func startReading() throws {
        try fixture?.loop.add(socket, .readable) { [unowned self] _ in
            if let bytes = Self.read(socket) {
                received += bytes
            } else {
                isEnded = true
                fixture?.loop.remove(socket)
            }
        }
    }

    /// Returns how much the socket took.
    @discardableResult
    func send(_ text: String) -> Int {
        max(0, Array(text.utf8).withUnsafeBytes { clinux_send_some(socket, $0.baseAddress, $0.count) })
    }

    /// Reads at most so much, for a client that isn't read by the loop.
    func readSome(_ count: Int) {
        var buffer = [UInt8](repeating: 0, count: count)
        let taken = Glibc.read(socket, &buffer, count)
        received += buffer.prefix(max(0, taken))
    }

    func endInput() { shutdown(socket, Int32(SHUT_WR)) }

    func hangUp() {
        guard !isClosed else { return }
        isClosed = true
        fixture?.loop.remove(socket)
        close(socket)
    }
    private var isClosed = false

    /// The frames received so far, as `1:text` and `2:text`; frames of one stream that follow each other are joined.
    var frames: [String] {
        var result: [(stream: UInt8, bytes: [UInt8])] = []
        var rest = received[...]
        while rest.count >= 8 {
            let head = Array(rest.prefix(8))
            let length = head[4...].reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 8 + length else { break }
            let payload = rest.dropFirst(8).prefix(length)
            if result.last?.stream != head[0] { result.append((head[0], [])) }
            result[result.count - 1].bytes += payload
            rest = rest.dropFirst(8 + length)
        }
        return result.map { "\($0.stream):\(String(decoding: $0.bytes, as: UTF8.self))" }
    }

    /// What can be read at once; nil at the end.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count == 0 || (count < 0 && errno != EAGAIN) { return nil }
        return Array(buffer.prefix(max(count, 0)))
    }
}
