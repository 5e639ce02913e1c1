// Clients whose own connection the shim has.
import Foundation
import Linux
import Testing

@testable import ShimServer

@Suite struct HandedClientTests {
    private func handed(_ fixture: StreamFixture, head: String = "HEAD", input: String = "") -> StreamClient.Handed {
        .init(head: Array(head.utf8), input: Array(input.utf8), lingering: LingeringSockets(loop: fixture.loop))
    }

    @Test func `The head comes before the log and live output`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        fixture.print("logged\n")
        #expect(try fixture.turn { fixture.streams.outputBytes == 7 })
        let client = try TestClient(fixture, logs: true, handed: handed(fixture, head: "HTTP/1.1 101\r\n\r\n"))
        fixture.print("live")
        #expect(try fixture.turn { client.received == Array("HTTP/1.1 101\r\n\r\nlogged\nlive".utf8) })
    }

    @Test func `Output waits a moment for the head to be read`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let client = try TestClient(fixture, readsItself: false, handed: handed(fixture))
        fixture.print("output")
        #expect(try fixture.turn { fixture.streams.outputBytes == 6 })
        client.readSome(100)
        #expect(client.received == Array("HEAD".utf8))
        try client.startReading()
        #expect(try fixture.turn { client.received == Array("HEADoutput".utf8) })
    }

    @Test func `A client that never reads the head holds nothing up`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let client = try TestClient(fixture, readsItself: false, handed: handed(fixture))
        fixture.print("output")
        let start = ContinuousClock.now
        #expect(try fixture.turn { ContinuousClock.now - start > .milliseconds(200) })
        client.readSome(100)
        #expect(client.received == Array("HEADoutput".utf8))
    }

    @Test func `What came with the request is the first input, once there is a process`() throws {
        let fixture = try StreamFixture(isConnected: false)
        let client = try TestClient(fixture, stdin: true, handed: handed(fixture, input: "early, "))
        client.send("late")
        fixture.connect()
        var input = ""
        #expect(
            try fixture.turn {
                input += fixture.readInput() ?? ""
                return input == "early, late"
            })
    }

    @Test func `Detach keys are found where early and later input meet`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let client = try TestClient(fixture, stdin: true, keys: [16, 17], handed: handed(fixture, input: "\u{10}"))
        client.send("\u{11}")
        #expect(try fixture.turn { client.end == .detached })
    }

    @Test func `A client sees the end of its stream once the container's end is told`() throws {
        let fixture = try StreamFixture(isTerminal: true)
        let handed = handed(fixture, head: "")
        let client = try TestClient(fixture, handed: handed)
        fixture.print("last")
        fixture.closeOutput()
        var isDrained = false
        fixture.streams.drain(holdsClients: true) { isDrained = true }
        #expect(try fixture.turn { isDrained && client.received == Array("last".utf8) })
        #expect(client.end == .finished && !client.isEnded)
        handed.lingering.letGo()
        #expect(try fixture.turn { client.isEnded })
    }

    @Test func `A client that still sends has time to read its last output`() throws {
        let fixture = try StreamFixture()
        let handed = handed(fixture, head: "")
        let client = try TestClient(fixture, readsItself: false, handed: handed)
        fixture.print("last")
        client.send("nobody reads this")
        fixture.closeOutput()
        fixture.streams.drain {}
        #expect(try fixture.turn { client.end == .finished })
        var areGone = false
        handed.lingering.whenAllAreGone { areGone = true }
        #expect(!areGone)
        try client.startReading()
        #expect(try fixture.turn { client.isEnded })
        #expect(client.frames == ["1:last"])
        client.hangUp()
        #expect(try fixture.turn { areGone })
    }

    @Test func `Nobody is waited for longer than a moment`() throws {
        let fixture = try StreamFixture()
        let handed = handed(fixture)
        let client = try TestClient(fixture, handed: handed)
        fixture.closeOutput()
        fixture.streams.drain {}
        var areGone = false
        #expect(try fixture.turn { client.isEnded })
        handed.lingering.whenAllAreGone { areGone = true }
        #expect(try fixture.turn { areGone })
    }
}
