// Filters, run here by an interpreter of classic BPF, and compared with what libseccomp makes of the same rules.
import CSeccomp
import Glibc
import Linux
@testable import ShimServer
import Testing

@Suite struct SeccompCompilerTests {
    private let kernel = KernelRelease(major: 6, minor: 1)

    private func filter(_ rules: [SeccompRule], default action: SeccompAction = .fail(errno: 1)) -> [BPFInstruction] {
        SeccompCompiler.compile(rules, default: action, architectures: [.x86_64, .x86, .x32]).instructions
    }

    private func argument(_ comparison: SeccompArgument.Comparison, _ value: UInt64, masked: UInt64 = 0) -> SeccompArgument {
        SeccompArgument(index: 1, comparison: comparison, value: value, masked: masked)
    }

    private func holds(_ comparison: SeccompArgument.Comparison, _ given: UInt64, _ value: UInt64) -> Bool {
        switch comparison {
        case .equal, .maskedEqual: given == value
        case .notEqual: given != value
        case .less: given < value
        case .lessOrEqual: given <= value
        case .greater: given > value
        case .greaterOrEqual: given >= value
        }
    }

    @Test(arguments: [SeccompArgument.Comparison.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
    func comparesAllSixtyFourBits(_ comparison: SeccompArgument.Comparison) throws {
        let values: [UInt64] = [
            0, 1, 5, 6, 7, 0xffff_ffff, 0x1_0000_0000, 0x5_0000_0006, 0x6_0000_0005, 0x6_0000_0006, 0x6_0000_0007, .max,
        ]
        for value in values {
            let code = filter([SeccompRule(names: ["read"], action: .allow, arguments: [argument(comparison, value)])])
            for given in values {
                let result = try BPFMachine.run(code, number: 0, arguments: [0, given])
                let expected: SeccompAction = holds(comparison, given, value) ? .allow : .fail(errno: 1)
                #expect(result == expected.code, "\(given) \(comparison) \(value)")
            }
        }
    }

    @Test func comparesMasked() throws {
        let masked = argument(.maskedEqual, 0xf0_0000_000f, masked: 0x10_0000_0002)
        let code = filter([SeccompRule(names: ["read"], action: .allow, arguments: [masked])])
        let cases: [(UInt64, SeccompAction)] = [
            (0x10_0000_0002, .allow), (0xf10_0000_00f2, .allow), (0x10_0000_0003, .fail(errno: 1)), (0x2, .fail(errno: 1)),
        ]
        for (given, action) in cases {
            #expect(try BPFMachine.run(code, number: 0, arguments: [0, given]) == action.code)
        }
    }

    @Test func takesTheFirstRuleThatHolds() throws {
        let both = [argument(.greater, 3), SeccompArgument(index: 0, comparison: .equal, value: 9)]
        let code = filter([
            SeccompRule(names: ["read"], action: .trap, arguments: both),
            SeccompRule(names: ["read"], action: .log, arguments: [argument(.equal, 7)]),
            SeccompRule(names: ["read"], action: .killProcess),
        ])
        let cases: [([UInt64], SeccompAction)] = [([9, 7], .trap), ([8, 7], .log), ([9, 2], .killProcess)]
        for (arguments, action) in cases {
            #expect(try BPFMachine.run(code, number: 0, arguments: arguments) == action.code)
        }
    }

    @Test func conditionsOnOneArgumentAreAlternatives() throws {
        let code = filter([SeccompRule(names: ["read"], action: .allow, arguments: [argument(.equal, 1), argument(.equal, 2)])])
        let refused = SeccompAction.fail(errno: 1)
        #expect(try BPFMachine.run(code, number: 0, arguments: [0, 0]) == refused.code)
        #expect(try BPFMachine.run(code, number: 0, arguments: [0, 1]) == SeccompAction.allow.code)
        #expect(try BPFMachine.run(code, number: 0, arguments: [0, 2]) == SeccompAction.allow.code)
    }

    @Test func unknownCallsDontExist() throws {
        let code = filter([SeccompRule(names: ["read", "openat2", "no_such_call"], action: .allow)])
        #expect(try BPFMachine.run(code, number: 1) == SeccompAction.fail(errno: 1).code)
        #expect(try BPFMachine.run(code, number: 437) == SeccompAction.allow.code)
        #expect(try BPFMachine.run(code, number: 438) == SeccompAction.fail(errno: 38).code)
        let permissive = filter([SeccompRule(names: ["read"], action: .fail(errno: 1))], default: .allow)
        #expect(try BPFMachine.run(permissive, number: 9999) == SeccompAction.allow.code)
    }

    @Test func killsForeignMachines() throws {
        let code = SeccompCompiler.compile([], default: .allow, architectures: [.x86_64]).instructions
        #expect(try BPFMachine.run(code, architecture: SeccompArchitecture.aarch64.audit, number: 0) == SeccompAction.killThread.code)
        #expect(try BPFMachine.run(code, number: SeccompArchitecture.x32Bit) == SeccompAction.killThread.code)
        #expect(try BPFMachine.run(code, number: 0) == SeccompAction.allow.code)
    }

    @Test func seesThroughMultiplexers() throws {
        let code = filter([SeccompRule(names: ["connect", "shmat"], action: .fail(errno: 13))], default: .allow)
        let x86 = SeccompArchitecture.x86.audit
        let cases: [(UInt32, UInt64, SeccompAction)] = [
            (102, 3, .fail(errno: 13)), (102, 2, .allow), (117, 21, .fail(errno: 13)), (362, 0, .fail(errno: 13)),
        ]
        for (number, call, action) in cases {
            #expect(try BPFMachine.run(code, architecture: x86, number: number, arguments: [call]) == action.code)
        }
    }

    @Test func dockersFilterIsSmall() {
        let rules = SeccompProfile.docker.rules(capabilities: Set(CapabilitySet.dockerNames), kernel: kernel)
        let code = filter(rules)
        #expect(code.count < 480)
        #expect(code.count > 100)
    }

    @Test func reachesFarDecisions() throws {
        let names = SeccompProfile.docker.entries.flatMap(\.rule.names)
        let conditions = (0..<6).map { SeccompArgument(index: $0, comparison: .greater, value: UInt64($0)) }
        let rules = names.enumerated().map { SeccompRule(names: [$1], action: .fail(errno: UInt16(2 + $0 % 30)), arguments: conditions) }
        let code = filter(rules + [SeccompRule(names: ["read"], action: .log)], default: .allow)
        #expect(code.count > 5000)
        for (index, name) in names.enumerated() where name != "read" && names.firstIndex(of: name) == index {
            guard let number = SeccompArchitecture.x86_64.number(of: name) else { continue }
            let expected = SeccompAction.fail(errno: UInt16(2 + index % 30))
            #expect(try BPFMachine.run(code, number: number, arguments: [9, 9, 9, 9, 9, 9]) == expected.code, "\(name)")
            #expect(try BPFMachine.run(code, number: number, arguments: [0, 9, 9, 9, 9, 9]) == SeccompAction.allow.code, "\(name)")
        }
        #expect(try BPFMachine.run(code, number: 0, arguments: [0]) == SeccompAction.log.code)
    }

    @Test(arguments: [
        CapabilitySet.dockerNames, [], ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYSLOG"], ["CAP_BPF", "CAP_SYS_NICE", "CAP_SYS_TIME"],
    ])
    func agreesWithLibseccomp(_ capabilities: [String]) throws {
        let rules = SeccompProfile.docker.rules(capabilities: Set(capabilities), kernel: kernel)
        let ours = filter(rules)
        let reference = try LibraryFilter.compile(rules)
        let probes: [[UInt64]] = [[0, 0], [37], [38], [39], [40], [41], [8], [0x20008], [0xffff_ffff], [0x1000_0000], [0x0100]]
        for architecture in [SeccompArchitecture.x86_64, .x86] {
            for number in Array(UInt32(0)..<451) + Array(SeccompArchitecture.x32Bit..<SeccompArchitecture.x32Bit + 451) {
                for arguments in probes {
                    let mine = try BPFMachine.run(ours, architecture: architecture.audit, number: number, arguments: arguments)
                    let theirs = try BPFMachine.run(reference, architecture: architecture.audit, number: number, arguments: arguments)
                    // Above the newest call that the profile names, ours says ENOSYS on purpose.
                    guard mine != SeccompAction.fail(errno: 38).code else { continue }
                    guard mine != theirs else { continue }
                    Issue.record("\(architecture) \(number) \(arguments): \(String(mine, radix: 16)) against \(String(theirs, radix: 16))")
                }
            }
        }
    }
}

/// The same rules through libseccomp.
private enum LibraryFilter {
    struct Failure: Error {}

    static func compile(_ rules: [SeccompRule]) throws -> [BPFInstruction] {
        guard let context = seccomp_init(SeccompAction.fail(errno: 1).code) else { throw Failure() }
        defer { seccomp_release(context) }
        seccomp_arch_add(context, SeccompArchitecture.x86.audit)
        seccomp_arch_add(context, 0x4000_003e)
        for rule in rules {
            for name in rule.names {
                let number = seccomp_syscall_resolve_name(name)
                guard number != -1, rule.action != .fail(errno: 1) else { continue }
                let arguments = rule.arguments.map {
                    scmp_arg_cmp(arg: UInt32($0.index), op: operators[$0.comparison] ?? SCMP_CMP_EQ, datum_a: $0.value, datum_b: $0.masked)
                }
                _ = seccomp_rule_add_array(context, rule.action.code, number, UInt32(arguments.count), arguments)
            }
        }
        return try export(context)
    }

    private static let operators: [SeccompArgument.Comparison: scmp_compare] = [
        .equal: SCMP_CMP_EQ, .less: SCMP_CMP_LT, .greater: SCMP_CMP_GT, .maskedEqual: SCMP_CMP_MASKED_EQ,
    ]

    private static func export(_ context: scmp_filter_ctx) throws -> [BPFInstruction] {
        guard let file = tmpfile() else { throw Failure() }
        defer { fclose(file) }
        guard seccomp_export_bpf(context, fileno(file)) == 0 else { throw Failure() }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = pread(fileno(file), &bytes, bytes.count, 0)
        return bytes[..<count].withUnsafeBytes { Array($0.bindMemory(to: BPFInstruction.self)) }
    }
}

/// As much of classic BPF as filters use.
private enum BPFMachine {
    struct Fault: Error { let code: UInt16 }

    static func run(
        _ program: [BPFInstruction], architecture: UInt32 = SeccompArchitecture.x86_64.audit, number: UInt32, arguments: [UInt64] = []
    ) throws -> UInt32 {
        var data = [number, architecture, 0, 0]
        for index in 0..<6 {
            let value = arguments.indices.contains(index) ? arguments[index] : 0
            data += [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
        }
        var accumulator: UInt32 = 0
        var position = 0
        while position < program.count {
            let instruction = program[position]
            position += 1
            func jump(_ condition: Bool) { position += Int(condition ? instruction.jumpIfTrue : instruction.jumpIfFalse) }
            switch instruction.code {
            case 0x20: accumulator = data[Int(instruction.operand) / 4]
            case 0x54: accumulator &= instruction.operand
            case 0x05: position += Int(instruction.operand)
            case 0x15: jump(accumulator == instruction.operand)
            case 0x25: jump(accumulator > instruction.operand)
            case 0x35: jump(accumulator >= instruction.operand)
            case 0x06: return instruction.operand
            default: throw Fault(code: instruction.code)
            }
        }
        throw Fault(code: 0)
    }
}
