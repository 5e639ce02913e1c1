// Names of capabilities and resource limits, and what a set-up says to the shim.
import Contracts
@testable import ShimServer
import Testing

@Suite struct ProcessNamesTests {
    @Test func knowsDockersCapabilities() throws {
        #expect(try CapabilitySet(names: CapabilitySet.dockerNames) == CapabilitySet(bits: 0xa804_25fb))
        #expect(try CapabilitySet(names: ["CAP_SYS_ADMIN"]) == .systemAdministration)
        #expect(try CapabilitySet(names: ["CAP_CHECKPOINT_RESTORE"]).bits == 1 << 40)
    }

    @Test func refusesUnknownCapabilities() {
        #expect(throws: CapabilitySet.UnknownCapability(name: "CAP_FLY")) { try CapabilitySet(names: ["CAP_KILL", "CAP_FLY"]) }
    }

    @Test func combinesSets() {
        let some = CapabilitySet(bits: 0b0110), other = CapabilitySet(bits: 0b0011)
        #expect(some.union(other).bits == 0b0111)
        #expect(some.intersection(other).bits == 0b0010)
        #expect(some.contains(2) && !some.contains(0))
    }

    @Test(arguments: [("nofile", 7), ("NOFILE", 7), ("RLIMIT_CORE", 4), ("memlock", 8), ("rttime", 15)])
    func knowsLimits(_ name: String, _ number: Int32) {
        #expect(ResourceLimit(name: name, soft: 1, hard: 2).number == number)
    }

    @Test func knowsUnlimited() {
        let limit = ResourceLimit(name: "files", soft: -1, hard: 5)
        #expect(limit.number == nil)
        #expect(limit.kernelValues == (.max, 5))
    }

    @Test(arguments: [
        SetupMessage.ready, .terminal,
        .failed(RuntimeFailure(step: "exec", errno: 2, exitCode: 127, message: "exec: \"x\": executable file not found in $PATH")),
        .failed(RuntimeFailure(step: "mount", errno: 0, message: "")),
    ])
    func carriesMessages(_ message: SetupMessage) {
        #expect(SetupMessage(message.bytes) == message)
    }

    @Test(arguments: [[], [9], [3, 0, 0], [3] + [UInt8](repeating: 0xff, count: 12)])
    func refusesOtherBytes(_ bytes: [UInt8]) {
        #expect(SetupMessage(bytes) == nil)
    }

    @Test func cutsLongWords() throws {
        let message = SetupMessage.failed(RuntimeFailure(step: "x", errno: 1, message: String(repeating: "y", count: 10_000)))
        #expect(message.bytes.count < 4096)
        #expect(SetupMessage(message.bytes) != nil)
    }
}
