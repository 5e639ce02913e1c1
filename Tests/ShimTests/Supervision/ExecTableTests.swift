// What is remembered of execs.
import Contracts
import RPC
import Testing

@testable import ShimServer

@Suite struct ExecTableTests {
    private func request(_ id: String) -> StartExec.Request {
        StartExec.Request(execID: id, process: ProcessSpec(arguments: ["ls"], user: "1"), privileged: true, stdin: true, stderr: false)
    }

    @Test func `What an exec is can be asked for as long as it is remembered`() throws {
        var table = ExecTable()
        let state = table.started(request("e"), pid: 5)
        let command = try #require(state.command)
        #expect(command.arguments == ["ls"] && command.user == "1" && command.privileged && !command.terminal)
        #expect(command.stdin && command.stdout && !command.stderr)
        table.ended("e", exitCode: 0)
        #expect(table.states.first?.command == command)
    }

    @Test func `An exec is known while it runs and after its end`() throws {
        var table = ExecTable()
        try table.checkNew("e")
        let state = table.started(request("e"), pid: 5)
        #expect(table.states == [state])
        #expect(try table.pid(of: "e") == 5)
        table.ended("e", exitCode: 3)
        #expect(table.states.map(\.exitCode) == [3])
        #expect(table.states.map(\.pid) == [0])
        #expect(code { _ = try table.pid(of: "e") } == .conflict)
        #expect(code { _ = try table.pid(of: "f") } == .notFound)
    }

    @Test func `An ID is used once`() {
        var table = ExecTable()
        _ = table.started(request("e"), pid: 5)
        #expect(code { try table.checkNew("e") } == .conflict)
        table.ended("e", exitCode: 0)
        #expect(code { try table.checkNew("e") } == .conflict)
        #expect(code { try table.checkNew("") } == .invalidParameter)
        #expect(code { try table.checkNew(String(repeating: "x", count: 129)) } == .invalidParameter)
    }

    @Test func `The table is bounded`() {
        var table = ExecTable()
        for number in 0..<ExecTable.maximumRunning { _ = table.started(request("e\(number)"), pid: Int32(number)) }
        #expect(code { try table.checkNew("more") } == .resourceExhausted)
        for number in 0..<ExecTable.maximumRunning { table.ended("e\(number)", exitCode: 0) }
        let kept = ExecTable.maximumRunning - ExecTable.keptAfterEnd..<ExecTable.maximumRunning
        #expect(table.states.map(\.execID) == kept.map { "e\($0)" })
        table.ended("unknown", exitCode: 0)
        #expect(table.states.count == ExecTable.keptAfterEnd)
    }

    private func code(_ body: () throws -> Void) -> RPCError.Code? {
        do { try body() } catch { return (error as? RPCError)?.code }
        return nil
    }
}
