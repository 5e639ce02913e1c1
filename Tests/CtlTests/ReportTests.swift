// Tables and reports.
import Contracts
import RPC
import Testing

@testable import berthctl

@Suite struct ReportTests {
    @Test func columnsAreAligned() {
        let table = TextTable(header: ["A", "LONGER"], rows: [["a longer one", "x"], ["b", ""]])
        #expect(table.text == "A              LONGER\na longer one   x\nb              ")
        #expect(TextTable(header: ["A", "B"], rows: []).text == "A   B")
    }

    private func answer(_ phase: ShimPhase) -> ShimScan.Answer {
        let exec = ExecState(execID: "e", pid: 9, running: true)
        let ended = ExecState(execID: "f", pid: 0, running: false, exitCode: 0)
        let response = InspectShim.Response(
            containerID: "abc", shimPID: 5, version: "1", phase: phase, execs: [exec, ended], attachedClients: 2, outputBytes: 77,
            droppedLogLines: 0)
        return ShimScan.Answer(containerID: "0123456789abcdef", outcome: .success(response))
    }

    private static let container = RunningContainer(pid: 42, startedAt: 1_700_000_000_000_000_000)
    private static let end = ExitRecord(exitCode: 3, startedAt: 0, finishedAt: 1_700_000_001_000_000_000)

    static let phases: [(ShimPhase, [String])] = [
        (.prepared, ["prepared", "-", "-"]), (.running(container), ["running", "42", "2023-11-14T22:13:20Z"]),
        (.paused(container), ["paused", "42", "2023-11-14T22:13:20Z"]), (.exited(end), ["exited (3)", "-", "2023-11-14T22:13:21Z"]),
    ]

    @Test(arguments: phases)
    func phase(phase: ShimPhase, shown: [String]) {
        let row = ShimReport(answer(phase)).row(truncated: true)
        #expect(row == ["0123456789ab", "5"] + shown + ["1", "2", "77", "0"])
        #expect(row.count == ShimReport.header.count)
    }

    @Test func silenceIsShownWithItsReason() {
        let report = ShimReport(ShimScan.Answer(containerID: "abc", outcome: .failure(RPCError(.deadlineExceeded, "too late"))))
        #expect(report.row(truncated: false).prefix(3) == ["abc", "-", "no answer: too late"])
    }

    @Test func cgroupHierarchiesOfBothVersions() {
        let mounts =
            "tmpfs /g tmpfs rw 0 0\ncgroup /g/cpu cgroup rw,cpu 0 0\ncgroup2 /g/unified cgroup2 rw 0 0\n"
        #expect(EnginePurge.cgroupMounts(mounts) == ["/g/cpu", "/g/unified"])
    }
}
