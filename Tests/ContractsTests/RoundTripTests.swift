// Every message of the contracts survives its encoding.
import Contracts
import RPC
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: [
        ShimPhase.prepared,
        .running(RunningContainer(pid: 4711, startedAt: 1_700_000_000_000_000_000)),
        .paused(RunningContainer(pid: 1, startedAt: 0)),
        .exited(ExitRecord(exitCode: 137, signal: 9, outOfMemory: true, startedAt: 1, finishedAt: 2, message: "killed")),
    ]) func shimPhases(phase: ShimPhase) throws {
        #expect(try roundTrip(phase) == phase)
    }
}

func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    try CBORDecoder().decode(Value.self, from: CBOREncoder().encode(value))
}
