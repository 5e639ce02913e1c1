// The output of a process, to its log and its clients.
import ContainerLog
import Foundation
import Linux
import Testing

@testable import ShimServer

@Suite struct ProcessStreamsTests {
    @Test func `Output goes to the log and to every client, framed`() throws {
        let fixture = try StreamFixture()
        let (first, second) = (try TestClient(fixture), try TestClient(fixture))
        fixture.print("out\n")
        #expect(try fixture.turn { second.frames == ["1:out\n"] && first.frames == ["1:out\n"] })
        fixture.print("err\n", to: fixture.stderr)
        #expect(try fixture.turn { second.frames.count == 2 && first.frames.count == 2 })
        #expect(first.frames == ["1:out\n", "2:err\n"])
        #expect(try fixture.logged() == ["out\n", "err\n"])
        #expect(fixture.streams.outputBytes == 8)
    }

    @Test func `A terminal's output is raw`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let client = try TestClient(fixture)
        fixture.print("raw")
        #expect(try fixture.turn { client.received == Array("raw".utf8) })
    }

    @Test func `Clients may come before the process, and their input waits for it`() throws {
        let fixture = try StreamFixture(isConnected: false)
        let client = try TestClient(fixture, stdin: true)
        client.send("early")
        fixture.connect()
        #expect(try fixture.turn { fixture.readInput() == "early" })
        fixture.print("hello")
        #expect(try fixture.turn { client.frames == ["1:hello"] })
    }

    @Test func `Logs and live output join without a gap or a repetition`() throws {
        let fixture = try StreamFixture()
        fixture.print("whole\nhalf")
        #expect(try fixture.turn { fixture.streams.outputBytes == 10 })
        let client = try TestClient(fixture, logs: true)
        fixture.print(" line\nmore")
        #expect(try fixture.turn { fixture.streams.outputBytes == 20 && client.frames == ["1:whole\nhalf line\nmore"] })
    }

    @Test func `A long log is sent as fast as it is read, with live output after it`() throws {
        let fixture = try StreamFixture()
        let lines = (0..<30_000).map { "line number \($0)\n" }
        for line in lines { Array(line.utf8).withUnsafeBufferPointer { fixture.log.write($0, to: .stdout, at: 0) } }
        let client = try TestClient(fixture, logs: true, readsItself: false)
        fixture.print("live\n")
        #expect(try fixture.turn { fixture.streams.outputBytes == 5 })
        try client.startReading()
        let expected = "1:" + lines.joined() + "live\n"
        #expect(try fixture.turn { client.received.suffix(5) == Array("live\n".utf8) })
        #expect(client.frames == [expected])
    }

    @Test func `Logs alone end with the log`() throws {
        let fixture = try StreamFixture()
        fixture.print("a\nb")
        #expect(try fixture.turn { fixture.streams.outputBytes == 3 })
        let client = try TestClient(fixture, logs: true, goesLive: false)
        #expect(try fixture.turn { client.isEnded })
        #expect(client.frames == ["1:a\nb"])
        #expect(client.end == .finished)
    }

    @Test func `At the end, everything has been logged and sent`() throws {
        let fixture = try StreamFixture()
        let client = try TestClient(fixture)
        fixture.print(String(repeating: "x", count: 60_000))
        fixture.closeOutput()
        var isDrained = false
        fixture.streams.drain { isDrained = true }
        #expect(try fixture.turn { isDrained && client.isEnded })
        #expect(client.frames == ["1:" + String(repeating: "x", count: 60_000)])
        #expect(try fixture.logged().joined().count == 60_000)
        #expect(client.end == .finished)
        let late = try TestClient(fixture, logs: true)
        #expect(try fixture.turn { late.isEnded })
        #expect(late.frames == client.frames)
    }

    @Test func `A descendant that keeps the output open is waited for, not for ever`() throws {
        let fixture = try StreamFixture()
        let client = try TestClient(fixture)
        fixture.print("last words")
        var isDrained = false
        fixture.streams.drain { isDrained = true }
        #expect(try fixture.turn { isDrained && client.isEnded })
        #expect(client.frames == ["1:last words"])
        #expect(try fixture.logged() == ["last words"])
    }
}

@Suite struct ClientInputTests {
    @Test(arguments: [(ProcessStreams.StdinEnd.withFirstClient, true), (.never, false)])
    func `The end of a client's input closes stdin, or else ends the attachment`(stdinEnd: ProcessStreams.StdinEnd, closes: Bool) throws {
        let fixture = try StreamFixture(stdinEnd: stdinEnd)
        let client = try TestClient(fixture, stdin: true)
        client.send("abc")
        client.endInput()
        var input = ""
        if closes {
            #expect(
                try fixture.turn {
                    guard let text = fixture.readInput() else { return true }
                    input += text
                    return false
                })
            fixture.print("still here")
            #expect(try fixture.turn { client.frames == ["1:still here"] })
        } else {
            #expect(try fixture.turn { client.isEnded })
            input = fixture.readInput() ?? "closed"
        }
        #expect(input == "abc")
        #expect(client.end == (closes ? nil : .finished))
    }

    @Test(arguments: [(ProcessStreams.StdinEnd.withFirstClient, true, false), (.withFirstClient, false, true), (.never, true, true)])
    func `A client that leaves takes stdin with it only if it should`(
        stdinEnd: ProcessStreams.StdinEnd, wantsInput: Bool, staysOpen: Bool
    ) throws {
        let fixture = try StreamFixture(stdinEnd: stdinEnd)
        let client = try TestClient(fixture, stdin: wantsInput)
        client.hangUp()
        #expect(try fixture.turn { client.end != nil })
        #expect((fixture.readInput() != nil) == staysOpen)
    }

    @Test func `Detach keys end the attachment of a terminal`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let client = try TestClient(fixture, stdin: true, keys: [0x10, 0x11])
        client.send("ab\u{10}")
        #expect(try fixture.turn { fixture.readInput() == "ab" })
        client.send("\u{11}dropped")
        #expect(try fixture.turn { client.isEnded })
        #expect(client.end == .detached)
        #expect(fixture.readInput() == "")
    }

    @Test func `Detach keys are mere bytes without a terminal`() throws {
        let fixture = try StreamFixture()
        let client = try TestClient(fixture, stdin: true, keys: [0x10, 0x11])
        client.send("a\u{10}\u{11}b")
        #expect(try fixture.turn { fixture.readInput() == "a\u{10}\u{11}b" })
        #expect(client.end == nil)
    }

    @Test func `Input that isn't read stays with the client, and none is lost`() throws {
        let fixture = try StreamFixture(stdinEnd: .withFirstClient)
        let client = try TestClient(fixture, stdin: true)
        let block = String(repeating: "0123456789abcdef", count: 512)
        var sent = 0
        // The client is held back once the pipe, the shim's queue and the socket are full.
        for _ in 0..<1000 {
            sent += client.send(block)
            fixture.loop.schedule(afterMilliseconds: 0) {}
            try fixture.loop.turn()
        }
        #expect(sent > 64 * 1024 && sent < 4 << 20)
        client.endInput()
        var received = ""
        #expect(
            try fixture.turn {
                guard let text = fixture.readInput() else { return true }
                received += text
                return false
            })
        #expect(received.utf8.count == sent)
        #expect(received == String(repeating: block, count: sent / block.utf8.count + 1).prefix(sent))
    }
}

@Suite struct SlowClientTests {
    private static let line = String(repeating: "y", count: 4095) + "\n"
    private static let total = 3 << 20

    /// Writes it all while `other` reads it all, and what was written before.
    private func writeAll(_ fixture: StreamFixture, _ other: TestClient, after begin: String = "") throws -> Bool {
        let expected = begin.utf8.count + Self.total
        var written = 0
        return try fixture.turn {
            while written < Self.total, Writable.isReady(fixture.stdout) {
                fixture.print(Self.line)
                written += Self.line.utf8.count
            }
            return written >= Self.total && other.received.count > expected && other.frames.map(\.utf8.count) == [expected + 2]
        }
    }

    @Test func `Without a log, a client that stops reading holds up the output, then is dropped, and the others lose nothing`() throws {
        let fixture = try StreamFixture(isLogged: false)
        let stuck = try TestClient(fixture, readsItself: false)
        let other = try TestClient(fixture)
        #expect(try writeAll(fixture, other))
        #expect(stuck.end == .stalled)
    }

    /// It writes what pipes and queues hold, and then as much as its client takes.
    @Test func `An exec's client is waited for, and gets everything after the end, too`() throws {
        let fixture = try StreamFixture(isLogged: false, hasSoleReader: true)
        let client = try TestClient(fixture, readsItself: false)
        var (written, quiet) = (0, fixture.loop.now)
        let patience = UInt64(StreamClient.stallLimitMilliseconds + 1_000) * 1_000_000
        #expect(
            try fixture.turn {
                while Writable.isReady(fixture.stdout) {
                    fixture.print(Self.line)
                    (written, quiet) = (written + Self.line.utf8.count, fixture.loop.now)
                }
                return fixture.loop.now - quiet > patience
            })
        #expect(client.end == nil && written > 1 << 20)
        fixture.closeOutput()
        var isDrained = false
        fixture.streams.drain { isDrained = true }
        #expect(try fixture.turn { isDrained }, "its end isn't put off by a client")
        try client.startReading()
        #expect(try fixture.turn { client.isEnded })
        #expect(client.frames.map(\.utf8.count) == [written + 2] && client.end == .finished)
    }

    @Test func `A client that stops reading falls behind, and gets from the log what it missed`() throws {
        let fixture = try StreamFixture()
        fixture.print("begun ")
        let other = try TestClient(fixture)
        let stuck = try TestClient(fixture, readsItself: false)
        #expect(try writeAll(fixture, other, after: "begun "))
        #expect(stuck.end == nil)
        fixture.print("not finished")
        fixture.print("neither", to: fixture.stderr)
        #expect(try fixture.turn { other.frames.count == 2 })
        try stuck.startReading()
        #expect(try fixture.turn { stuck.received.count == other.received.count || stuck.frames.joined().hasSuffix("neither") })
        #expect(try fixture.turn { stuck.frames.map(\.utf8.count).sorted() == other.frames.map(\.utf8.count).sorted() })
        // Live again: what comes now isn't taken from the log, which has no end of the line yet.
        fixture.print(", now live")
        #expect(try fixture.turn { stuck.frames.joined().contains("not finished, now live") || stuck.frames.last == "1:, now live" })
        #expect(stuck.end == nil)
    }

    @Test func `A client that reads slowly gets everything`() throws {
        let fixture = try StreamFixture()
        let client = try TestClient(fixture, readsItself: false)
        let line = String(repeating: "z", count: 4095) + "\n"
        let total = 3 << 20
        var (written, turns) = (0, 0)
        #expect(
            try fixture.turn {
                while written < total, Writable.isReady(fixture.stdout) {
                    fixture.print(line)
                    written += line.utf8.count
                }
                turns += 1
                client.readSome(turns % 3 == 0 ? 16 * 1024 : 0)
                return written >= total && client.received.count > total && client.frames.map(\.utf8.count) == [total + 2]
            })
        #expect(client.end == nil)
    }
}

enum Writable {
    /// Room for a page in a pipe.
    static func isReady(_ descriptor: Int32) -> Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&watched, 1, 0) == 1 && watched.revents & Int16(POLLOUT) != 0
    }
}
