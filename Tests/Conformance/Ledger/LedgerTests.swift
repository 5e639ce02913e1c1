// The compatibility ledger: every field of the API's requests, and whether it works, warns or refuses, tried on a running engine.
import Foundation
import ServiceKit
import TestSupport
import Testing

/// `BERTH_LEDGER_WRITE=1` writes LEDGER.md anew instead of comparing with it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct LedgerTests {
    private static let writes = ProcessInfo.processInfo.environment["BERTH_LEDGER_WRITE"] != nil
    private static let width = 3

    @Test func everyFieldHasAProbe() throws {
        let probes = try LedgerProbe.all().map(\.field)
        let fields = try LedgerField.all()
        #expect(Set(fields).subtracting(probes).map(\.description).sorted() == [], "fields without a probe")
        #expect(Set(probes).subtracting(fields).map(\.description).sorted() == [], "probes of no field")
        #expect(probes.count == Set(probes).count, "a field with two probes")
    }

    /// The specification's facts about requests know every field that the engine answers with in inspect, and so takes in create.
    @Test func everyFieldWorksWarnsOrRefuses() async throws {
        let probes = try LedgerProbe.all()
        try await EngineUnderTest.with { engine in
            let fixture = try await LedgerFixture.make(engine)
            let entries = try await entries(of: probes, fixture)
            try await fixture.remove()
            let fields = try LedgerField.all()
            let rows = zip(probes, entries).reduce(into: [:]) { $0[$1.0.field] = $1.1 }
            let text = LedgerTable.text(fields, rows)
            if Self.writes {
                try Data(text.utf8).write(to: LedgerFile.path("LEDGER.md"))
            } else {
                let before = try String(contentsOf: LedgerFile.path("LEDGER.md"), encoding: .utf8)
                let change = text.split(separator: "\n").difference(from: before.split(separator: "\n"))
                #expect(
                    change.map { "\($0)" } == [],
                    "LEDGER.md isn't true any more: BERTH_LEDGER_WRITE=1 with --filter LedgerTests writes it anew")
            }
        }
    }

    private func entries(of probes: [LedgerProbe], _ fixture: LedgerFixture) async throws -> [LedgerEntry?] {
        try await withThrowingTaskGroup(of: (Int, LedgerEntry?).self) { group in
            var entries = [LedgerEntry?](repeating: nil, count: probes.count)
            for (index, probe) in probes.enumerated() {
                if index >= Self.width, let (done, entry) = try await group.next() { entries[done] = entry }
                group.addTask { (index, await Self.run(probe, index, fixture)) }
            }
            for try await (done, entry) in group { entries[done] = entry }
            return entries
        }
    }

    private static func run(_ probe: LedgerProbe, _ index: Int, _ fixture: LedgerFixture) async -> LedgerEntry? {
        do {
            return try await LedgerTrial(engine: fixture.socket, probe: probe, name: "probe-\(index)", names: fixture.names).run()
        } catch {
            Issue.record("\(probe.field): \(error)")
            return nil
        }
    }

    @Test func aFieldThatIsIgnoredIsSeen() throws {
        let inspection = try #require(JSONTree(Array(#"{"HostConfig":{"Memory":0,"Ulimits":[{"Name":"a","Hard":1}]}}"#.utf8)))
        #expect(LedgerTrial.value(inspection, ["HostConfig", "Ulimits", "0", "Name"]) == .string("a"))
        #expect(LedgerTrial.covers(.object(["a": .integer(1), "b": .null]), .object(["a": .integer(1)])))
        #expect(!LedgerTrial.covers(.object(["a": .integer(1)]), .object(["a": .integer(2)])))
        #expect(!LedgerTrial.covers(.array([]), .array([.integer(2)])))
        #expect(LedgerSubject.text([1, 0, 0, 0, 0, 0, 0, 2, 65, 66]) == "AB")
        #expect(LedgerField(operation: "x", name: "HostConfig.Ulimits[].Name").words == ["Ulimits", "Name"])
        #expect(!LedgerField(operation: "x", name: "HostConfig.Memory").isNamed(in: "HostConfig.CpuQuota is discarded"))
    }
}

/// LEDGER.md.
enum LedgerTable {
    static func text(_ fields: [LedgerField], _ entries: [LedgerField: LedgerEntry]) -> String {
        var lines = [
            "# What the engine does with each field of a request", "",
            "Made by `LedgerTests`, which tries every field on a running engine: it works, as the proof says; or the answer warns by name;",
            "or the request is refused by name. `BERTH_LEDGER_WRITE=1` with `--filter LedgerTests` writes this file anew.", "",
        ]
        let answers = fields.compactMap { entries[$0]?.answer }
        let counts = [LedgerEntry.Answer.works, .byHost, .byFileSystem, .warns, .refuses].map { answer in
            "\(answers.filter { $0 == answer }.count) \(answer.rawValue)"
        }
        lines.append("\(fields.count) fields: \(counts.joined(separator: ", ")).")
        var operation = ""
        for field in fields {
            if field.operation != operation {
                operation = field.operation
                lines += ["", "## \(operation)", "", "| field | answer | proof |", "|---|---|---|"]
            }
            lines.append(entries[field]?.description ?? "| `\(field.name)` | unknown | |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
