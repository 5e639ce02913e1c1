// The journal: order, filters, slow readers, restarts.
import Foundation
import Logging
import Models
import RPC
import Testing

@testable import GatewayState

struct EventRingTests {
    private func event(_ time: Int64) -> EventRecord {
        EventRecord(time: time, kind: .container, action: "start", actorID: "c", attributes: [:])
    }

    @Test func numbersAndForgets() {
        var ring = EventRing(capacity: 3, nextSequence: 10)
        #expect(ring.events(from: 10, limit: 5) == [])
        for time in 1...5 { #expect(ring.append(event(Int64(time))).sequence == Int64(9 + time)) }
        #expect(ring.firstSequence == 12 && ring.nextSequence == 15)
        #expect(ring.events(from: 11, limit: 5) == nil)
        #expect(ring.events(from: 12, limit: 5)?.map(\.time) == [3, 4, 5])
        #expect(ring.events(from: 13, limit: 1)?.map(\.time) == [4])
        #expect(ring.events(from: 15, limit: 5) == [])
    }
}

struct EventFilterTests {
    private let start = EventRecord(
        time: 1, kind: .container, action: "start", actorID: "abc123", attributes: ["name": "web", "image": "nginx:1.25", "tier": "front"])
    private let probe = EventRecord(
        time: 1, kind: .container, action: "health_status: healthy", actorID: "abc123", attributes: ["name": "web", "image": "nginx:1.25"])
    private let join = EventRecord(
        time: 1, kind: .network, action: "connect", actorID: "net9", attributes: ["name": "bridge", "container": "abc123"])

    @Test(
        arguments: [
            ([:], [true, true, true]), (["type": ["network"]], [false, false, true]),
            (["type": ["network", "container"]], [true, true, true]),
            (["event": ["start"]], [true, false, false]), (["event": ["health_status"]], [false, true, false]),
            (["event": ["health_status: healthy"]], [false, true, false]), (["container": ["web"]], [true, true, false]),
            (["container": ["abc"]], [true, true, false]), (["container": ["we"]], [true, true, false]),
            (["container": ["eb"]], [false, false, false]), (["network": ["bridge"]], [false, false, true]),
            (["image": ["nginx"]], [true, true, false]), (["image": ["nginx:1.25"]], [true, true, false]),
            (["image": ["nginx:1.26"]], [false, false, false]), (["label": ["tier"]], [true, false, false]),
            (["label": ["tier=front"]], [true, false, false]), (["label": ["tier=back"]], [false, false, false]),
            (["label": ["tier", "other"]], [false, false, false]), (["scope": ["local"]], [true, true, true]),
            (["scope": ["swarm"]], [false, false, false]), (["service": ["x"]], [false, false, false]),
            (["container": ["web"], "event": ["start"]], [true, false, false]), (["container": [""]], [false, false, false]),
        ] as [([String: [String]], [Bool])])
    func filters(values: [String: [String]], expected: [Bool]) throws {
        let filter = try EventFilter(values)
        #expect([start, probe, join].map(filter.matches) == expected)
    }

    @Test func unknownKeys() {
        #expect(throws: RPCError(.invalidParameter, "invalid filter 'nope'")) { try EventFilter(["nope": ["x"]]) }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct EventJournalTests {
    private func withStore(_ body: (String) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "berth-journal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory + "/gateway.db")
    }

    private func open(_ path: String) throws -> ContainerStore {
        try ContainerStore(path: path, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func event(_ time: Int64) -> EventRecord {
        EventRecord(time: time, kind: .container, action: "start", actorID: "c", attributes: [:])
    }

    @Test func aReaderThatSleepsLosesNothing() async throws {
        try await withStore { path in
            let store = try open(path)
            let slow = EventCursor(store.journal, filter: try EventFilter(), from: .now, until: nil)
            for time in 1...10_000 { store.journal.append(event(Int64(time))) }
            try await store.flush()
            for time in 1...10_000 { #expect(try await slow.next()?.time == Int64(time)) }
        }
    }

    @Test func anEndLongBeforeTheTimeThatCountsFromIsNoFault() async throws {
        try await withStore { path in
            let cursor = EventCursor(try open(path).journal, filter: try EventFilter(), from: .since(.min), until: .min)
            #expect(try await cursor.next() == nil)
        }
    }

    @Test func numbersGoOnAfterARestart() async throws {
        try await withStore { path in
            let first = try open(path)
            for time in 1...3 { first.journal.append(event(Int64(time))) }
            try await first.flush()
            let second = try open(path)
            #expect(second.journal.end == 4)
            second.journal.append(event(4))
            let cursor = EventCursor(second.journal, filter: try EventFilter(), from: .since(2), until: 3)
            #expect(try await cursor.next()?.sequence == 2)
            #expect(try await cursor.next()?.sequence == 3)
            #expect(try await cursor.next() == nil)
        }
    }

    /// It is asked again only when there is something.
    @Test func aReaderOfAnEmptyJournalWaits() async throws {
        try await withStore { path in
            let store = try open(path)
            let cursor = EventCursor(store.journal, filter: try EventFilter(), from: .since(5), until: nil)
            async let next = cursor.next()
            #expect(try await holdsEventually { store.journal.waiterCount == 1 })
            store.journal.append(event(9))
            #expect(try await next?.time == 9)
        }
    }

    /// Long ago is on disk, lately in memory.
    @Test(arguments: [1, 700, 2500, 9990, 20_000] as [Int64])
    func aTimeIsFound(minute: Int64) async throws {
        try await withStore { path in
            let store = try open(path)
            let length: Int64 = 60_000_000_000
            for number in 1...10_000 { store.journal.append(event(Int64(number) * length)) }
            let position = try await store.journal.position(of: minute * length)
            #expect(position <= max(minute, 1) && (position >= minute - 2 || position >= 9998 || position == 10_000 - 4096 + 1))
            let cursor = EventCursor(store.journal, filter: try EventFilter(), from: .since(minute * length), until: 10_000 * length)
            #expect(try await cursor.next()?.sequence == (minute > 10_000 ? nil : minute))
        }
    }

    @Test func aReaderGoesOnAfterARestartWhereItWas() async throws {
        try await withStore { path in
            let first = try open(path)
            let reader = EventCursor(first.journal, filter: try EventFilter(), from: .after(0), until: nil, isGapFree: true)
            for time in 1...500 { first.journal.append(event(Int64(time))) }
            for time in 1...300 { #expect(try await reader.next()?.sequence == Int64(time)) }
            let second = try open(path)
            second.journal.append(event(501))
            let resumed = EventCursor(second.journal, filter: try EventFilter(), from: .after(300), until: nil, isGapFree: true)
            for time in 301...501 { #expect(try await resumed.next()?.sequence == Int64(time)) }
        }
    }

    @Test func whatWasForgottenIsToldOf() async throws {
        try await withStore { path in
            let first = try open(path)
            for time in 1...5000 { first.journal.append(event(Int64(time))) }
            try await first.flush()
            first.forgetEvents(before: 100)
            try await first.flush()
            let second = try open(path)
            let reader = EventCursor(second.journal, filter: try EventFilter(), from: .after(10), until: nil, isGapFree: true)
            let gap = try #require(try await reader.next())
            #expect(gap.isGap && gap.attributes == ["first": "11", "last": "99"] && gap.sequence == 99)
            #expect(try await reader.next()?.sequence == 100)
        }
    }

    @Test func aLiveReaderIsWokenAndCancelled() async throws {
        try await withStore { path in
            let store = try open(path)
            let cursor = EventCursor(store.journal, filter: try EventFilter(), from: .now, until: nil)
            #expect(store.journal.subscriberCount == 1)
            async let next = cursor.next()
            store.journal.append(event(9))
            #expect(try await next?.time == 9)
            let waiting = Task { try await cursor.next() }
            waiting.cancel()
            #expect(try await waiting.value == nil)
        }
    }

    @Test func eventsOnTheirWayToTheDiskAreReadToo() async throws {
        try await withStore { path in
            let store = try open(path)
            for time in 1...1000 { store.journal.append(event(Int64(time))) }
            let cursor = EventCursor(store.journal, filter: try EventFilter(), from: .since(0), until: WallClock.now())
            var times: [Int64] = []
            while let event = try await cursor.next() { times.append(event.time) }
            #expect(times == Array(1...1000))
        }
    }

    @Test func anEndThatHasPassedEndsIt() async throws {
        try await withStore { path in
            let store = try open(path)
            let cursor = EventCursor(store.journal, filter: try EventFilter(), from: .now, until: WallClock.now() + 50_000_000)
            #expect(try await cursor.next() == nil)
        }
    }

    @Test func recordsSurviveARestart() async throws {
        try await withStore { path in
            let first = try open(path)
            try await first.insert(.sample("aa11", "web"))
            try await first.insert(.sample("bb22", "db"))
            first.update("aa11") { $0.failToStart(exitCode: 127, error: "e") }
            _ = try await first.redefine("aa11") { $0.name = "front" }
            first.remove("bb22")
            try await first.flush()
            let second = try open(path)
            #expect(second.engineID == first.engineID)
            #expect(second.all.map(\.id) == ["aa11"])
            #expect(try second.find("front").state.exitCode == 127)
        }
    }

    @Test func aFailedWriteIsToldToWhoeverAsksForDurability() async throws {
        try await withStore { path in
            let store = try open(path)
            try await store.insert(.sample("aa11", "web"))
            await #expect(throws: (any Error).self) { try await store.insert(.sample("aa11", "other")) }
            await #expect(throws: (any Error).self) { try await store.insert(.sample("cc33", "web")) }
            try await store.insert(.sample("dd44", "fine"))
            #expect(store.all.count == 2)
        }
    }
}
