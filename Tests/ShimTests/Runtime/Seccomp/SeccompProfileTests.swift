// Profiles in Docker's JSON, and which of their rules apply to whom.
import Linux
@testable import ShimServer
import Testing

@Suite struct SeccompProfileTests {
    @Test func readsAProfile() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "archMap": [
              {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
              {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
              {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]}],
             "flags": ["SECCOMP_FILTER_FLAG_LOG"],
             "syscalls": [
              {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": null, "comment": "x", "includes": {}, "excludes": {}},
              {"name": "socket", "action": "SCMP_ACT_ERRNO", "errnoRet": 22,
               "args": [{"index": 0, "value": 40, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}],
               "includes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"], "minKernel": "4.8"}}]}
            """
        let profile = try #require(try SeccompProfile.decode(text))
        #expect(profile.defaultAction == .fail(errno: 38))
        #expect(profile.architectures == SeccompArchitecture.compatible)
        #expect(profile.flags == 2)
        #expect(profile.entries.count == 2)
        #expect(profile.entries[0].rule == SeccompRule(names: ["read", "write"], action: .allow))
        let argument = SeccompArgument(index: 0, comparison: .maskedEqual, value: 40, masked: 7)
        #expect(profile.entries[1].rule == SeccompRule(names: ["socket"], action: .fail(errno: 22), arguments: [argument]))
        let condition = SeccompCondition(
            architectures: ["amd64"], capabilities: ["CAP_SYS_ADMIN"], minimumKernel: KernelRelease(major: 4, minor: 8))
        #expect(profile.entries[1].includes == condition)
    }

    @Test func anEmptyProfileIsNone() throws {
        #expect(try SeccompProfile.decode("{}") == nil)
        #expect(try SeccompProfile.decode("{\"defaultAction\": \"\", \"syscalls\": null}") == nil)
    }

    @Test(arguments: [
        ("nonsense", "invalid character looking for beginning of value (at byte 0)"),
        ("[]", "the profile is not a JSON object"),
        (#"{"syscalls": [{}]}"#, "defaultAction is missing"),
        (#"{"defaultAction": "NO"}"#, "defaultAction is not an action: NO"),
        (#"{"defaultAction": 1}"#, "profile.defaultAction is not a string"),
        (#"{"defaultAction": "SCMP_ACT_NOTIFY"}"#, "defaultAction SCMP_ACT_NOTIFY is not supported: no listener is ever asked"),
        (#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}"#, "the errno of defaultAction is out of range: 4096"),
        (#"{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["X"]}"#, "seccomp flag \"X\" is not supported"),
        (#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"]}]}"#, "syscalls[0].action is missing"),
        (#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [7]}"#, "syscalls[0] is not an object"),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "a", "names": ["b"], "action": "SCMP_ACT_KILL"}]}"#,
            "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "archMap": [{}]}"#,
            "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "a", "action": "SCMP_ACT_KILL", "args": [{"index": 6}]}]}"#,
            "args[0].index must be from 0 to 5"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"name": "a", "action": "SCMP_ACT_ALLOW", "includes": ["CAP_A"]}]}"#,
            "syscalls[0].includes is not an object"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "a", "action": "SCMP_ACT_KILL", "excludes": "CAP_A"}]}"#,
            "syscalls[0].excludes is not an object"
        ),
    ])
    func refuses(_ text: String, _ words: String) {
        #expect(throws: SeccompProfile.DecodingFailure(words)) { try SeccompProfile.decode(text) }
    }

    @Test(arguments: [
        (SeccompCondition(), SeccompCondition(), true),
        (SeccompCondition(capabilities: ["CAP_A"]), SeccompCondition(), true),
        (SeccompCondition(capabilities: ["CAP_A", "CAP_B"]), SeccompCondition(), false),
        (SeccompCondition(architectures: ["arm64", "amd64"]), SeccompCondition(), true),
        (SeccompCondition(architectures: ["arm64"]), SeccompCondition(), false),
        (SeccompCondition(minimumKernel: KernelRelease(major: 5, minor: 4)), SeccompCondition(), true),
        (SeccompCondition(minimumKernel: KernelRelease(major: 5, minor: 5)), SeccompCondition(), false),
        (SeccompCondition(), SeccompCondition(capabilities: ["CAP_A", "CAP_B"]), false),
        (SeccompCondition(), SeccompCondition(capabilities: ["CAP_B"]), true),
        (SeccompCondition(), SeccompCondition(architectures: ["amd64"]), false),
        (SeccompCondition(), SeccompCondition(minimumKernel: KernelRelease(major: 5, minor: 4)), false),
    ])
    func choosesRules(_ includes: SeccompCondition, _ excludes: SeccompCondition, _ applies: Bool) {
        let rule = SeccompRule(names: ["read"], action: .allow)
        let profile = SeccompProfile(
            defaultAction: .killThread, architectures: [], entries: [.init(rule: rule, includes: includes, excludes: excludes)])
        let rules = profile.rules(capabilities: ["CAP_A"], kernel: KernelRelease(major: 5, minor: 4), architecture: "amd64")
        #expect(rules == (applies ? [rule] : []))
    }

    @Test func allowsWhatDockerAllows() {
        #expect(SeccompProfile.docker.entries[0].rule.names.count == 361)
        #expect(SeccompProfile.docker.defaultAction == .fail(errno: 1))
    }
}
