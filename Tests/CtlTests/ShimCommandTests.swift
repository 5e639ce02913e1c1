// What berthctl shim makes of a shim's answers.
import ArgumentParser
import Contracts
import Foundation
import Testing

@testable import berthctl

@Suite struct ShimCommandTests {
    private func sample(total: UInt64, system: UInt64) -> StatsSample {
        var sample = StatsSample(
            time: 1, cgroupVersion: 2,
            io: [
                IOCounter(major: 8, minor: 0, kind: "Read", value: 2048), IOCounter(major: 8, minor: 0, kind: "write", value: 512),
                IOCounter(major: 8, minor: 0, kind: "Total", value: 4096),
            ], networks: ["eth0": NetworkCounters(received: [1 << 20], sent: [100]), "eth1": NetworkCounters(received: [0], sent: [50])])
        (sample.cpu.total, sample.cpu.system, sample.cpu.onlineCPUs) = (total, system, 4)
        (sample.memory.usage, sample.memory.limit) = (3 << 20, 1 << 30)
        sample.memory.details = ["inactive_file": 1 << 20]
        sample.pids.current = 7
        return sample
    }

    @Test func aRateNeedsTwoLooks() {
        let row = ShimStatsRow(id: "0123456789abcdef", before: sample(total: 100, system: 1000), now: sample(total: 300, system: 2000))
        #expect(row.cells == ["0123456789ab", "80.00%", "2.0MiB / 1.0GiB", "1.0MiB / 150B", "2.0KiB / 512B", "7"])
        #expect(row.cells.count == ShimStatsRow.header.count)
        #expect(ShimStatsRow(id: "x", before: nil, now: sample(total: 1, system: 1)).cells[1] == "0.00%")
    }

    @Test func eventsAreInWords() {
        let end = ExitRecord(
            exitCode: 137, signal: 9, startedAt: 1, finishedAt: 2, cause: ExitCause(.requested, signal: "KILL", request: "stop"))
        let restart = ShimEvent.restarting(RestartNotice(exit: end, count: 3, delayMilliseconds: 400))
        let words = [restart, .exited(end), .healthChanged(.healthy), .logFailing(droppedLines: 4)].map {
            ShimEventText.line(ShimNotice(sequence: 1, time: 1_700_000_000_000_000_000, $0))
        }
        #expect(
            words == [
                "2023-11-14T22:13:20Z restarting code=137 cause=requested signal=KILL count=3 delay=400ms",
                "2023-11-14T22:13:20Z exited code=137 cause=requested signal=KILL", "2023-11-14T22:13:20Z health healthy",
                "2023-11-14T22:13:20Z log can't be written, lines dropped=4",
            ])
    }

    @Test(arguments: [("KILL", 9), ("sigterm", 15), ("Hup", 1), ("34", 34), ("STOP", 19), ("RTMIN+1", 35)])
    func signalsHaveNames(text: String, number: Int32) throws {
        #expect(try ShimKillCommand.number(text) == number)
    }

    @Test(arguments: ["", "0", "65", "SIGNOTHING"])
    func whatIsNoSignalIsRefused(text: String) {
        #expect(throws: ValidationError.self) { try ShimKillCommand.number(text) }
    }

    @Test func framesTellTheirLength() {
        #expect(FramedOutput.length(Data([1, 0, 0, 0, 0, 1, 0, 2])) == 65538)
    }
}
