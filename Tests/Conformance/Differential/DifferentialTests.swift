// The same requests to this engine and to Debian's dockerd: every difference is explained in differences.txt, or a failure.
import Contracts
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(20)))
struct DifferentialTests {
    /// `BERTH_DIFFERENCES=1` tells each difference with what explains it.
    @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
    func everyDifferenceIsExplained() async throws {
        let requests = try DifferentialRequest.all()
        let explanations = try Explanation.all()
        #expect(requests.count >= 300)
        let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find())
        do {
            try await EngineUnderTest.with { engine in
                let ours = try await replies(requests, from: EngineSocket(path: engine.layout.gatewaySocket))
                let theirs = try await replies(requests, from: EngineSocket(path: dockerd.socket))
                report(requests, ours, theirs, explanations)
            }
            try await dockerd.stop()
        } catch {
            try? await dockerd.stop()
            throw error
        }
    }

    private func replies(_ requests: [DifferentialRequest], from engine: EngineSocket) async throws -> [HTTPReply] {
        let exec = try await SampleContainers.make(on: engine)
        var replies: [HTTPReply] = []
        for request in requests {
            replies.append(try await engine.send(request.method, request.target(exec: exec), json: request.body))
        }
        try await SampleContainers.remove(from: engine)
        return replies
    }

    private func report(_ requests: [DifferentialRequest], _ ours: [HTTPReply], _ theirs: [HTTPReply], _ explanations: [Explanation]) {
        let isTold = ProcessInfo.processInfo.environment["BERTH_DIFFERENCES"] != nil
        var (same, explained, unbuilt) = (0, 0, 0)
        for (request, (own, other)) in zip(requests, zip(ours, theirs)) {
            guard own.status != 501 || other.status == 501 else {
                unbuilt += 1
                continue
            }
            let differences = AnswerComparison(ours: own, theirs: other).differences
            let reasons = differences.map { line in explanations.first { $0.covers(request.line, line) }?.reason }
            let unexplained = zip(differences, reasons).filter { $0.1 == nil }.map(\.0)
            if isTold { zip(differences, reasons).forEach { print("\(request.line) | \($0) | \($1 ?? "unexplained")") } }
            if differences.isEmpty { same += 1 } else if unexplained.isEmpty { explained += 1 }
            #expect(unexplained == [], "\(request.line)")
        }
        print(
            "\(requests.count) requests: \(same) answered alike, \(explained) with explained differences, \(unbuilt) refused as not built")
    }

    @Test func aDifferenceIsSeen() throws {
        func reply(_ status: Int, _ body: String) throws -> HTTPReply {
            try HTTPReply(parsing: Array("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
        }
        func differences(_ ours: (Int, String), _ theirs: (Int, String)) throws -> [String] {
            AnswerComparison(ours: try reply(ours.0, ours.1), theirs: try reply(theirs.0, theirs.1)).differences
        }
        #expect(try differences((200, #"{"a":[1],"b":null}"#), (200, #"{"a":[2,3],"b":null}"#)) == [])
        #expect(
            try differences((200, #"{"a":1,"c":{"d":1}}"#), (200, #"{"a":"1"}"#)) == [
                "shape .a: number not string", "shape .c: object not absent",
            ])
        #expect(try differences((404, #"{"message":"No such x"}"#), (404, #"{"message":"no such x"}"#)) == [])
        #expect(
            try differences((400, #"{"message":"x"}"#), (500, #"{"message":"y"}"#)) == ["status 400 not 500", "message \"x\" not \"y\""])
    }
}

/// A line of requests.txt.
struct DifferentialRequest {
    let line: String
    let method: String
    let body: String?
    private let path: String

    init(_ line: Substring) {
        self.line = String(line)
        let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
        method = parts[0]
        path = parts.count > 1 ? parts[1] : "/"
        body = parts.count > 2 ? parts[2] : nil
    }

    func target(exec: String) -> String {
        let target = path.replacing("/exec/known/", with: "/exec/\(exec)/")
        let hasVersion = target.hasPrefix("/v") && target.dropFirst(2).first?.isNumber == true
        return hasVersion ? target : SampleContainers.version + target
    }

    static func all() throws -> [DifferentialRequest] { try lines("requests.txt").map(DifferentialRequest.init) }

    /// The lines of a file beside this one, without the comments.
    static func lines(_ name: String) throws -> [Substring] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
}

/// A line of differences.txt: what requests it is about, what difference, and why. `*` stands for any characters.
struct Explanation {
    private let request: String
    private let difference: String
    let reason: String

    init(_ line: Substring) throws {
        let parts = line.components(separatedBy: " | ")
        guard parts.count == 3 else { throw Malformed(line: String(line)) }
        (request, difference, reason) = (parts[0], parts[1], parts[2])
    }

    struct Malformed: Error { let line: String }

    func covers(_ line: String, _ difference: String) -> Bool {
        Self.matches(request, line) && Self.matches(self.difference, difference)
    }

    /// Whether the pieces between the stars come in order, the first and the last at the ends.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pieces = pattern.components(separatedBy: "*")
        guard let first = pieces.first, let last = pieces.last, text.hasPrefix(first) else { return false }
        guard pieces.count > 1 else { return pattern == text }
        var rest = text.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.range(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }

    static func all() throws -> [Explanation] { try DifferentialRequest.lines("differences.txt").map(Explanation.init) }
}
