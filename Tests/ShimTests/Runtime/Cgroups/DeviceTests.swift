// Device rules, and the program that enforces them on version 2, run here by a small interpreter.
@testable import ShimServer
import Testing

@Suite struct DeviceTests {
    @Test(arguments: ["c 10:200 rwm", "b *:* r", "a *:* rwm", "c 136:* rw", "b 8:1 m"])
    func readsRules(_ text: String) throws {
        #expect(try #require(DeviceRule(text)).text == text)
    }

    @Test(arguments: ["", "c 10:200", "x 1:1 r", "c 1 r", "c 1:1 x", "c 1:1 ", "c -1:1 r", "cc 1:1 r", "c 1:1:1 r"])
    func refusesOthers(_ text: String) {
        #expect(DeviceRule(text) == nil)
    }

    private struct Access: CustomTestStringConvertible {
        var kind: UInt32
        var major: UInt32
        var minor: UInt32
        var wanted: DeviceRule.Access
        var testDescription: String { "\(kind == 1 ? "b" : "c") \(major):\(minor) \(wanted.text)" }
    }

    /// What the rules mean, said without a program.
    private func allows(_ rules: [DeviceRule], _ access: Access) -> Bool {
        let kinds: [DeviceRule.Kind: UInt32] = [.block: 1, .character: 2]
        let fitting = rules.filter { rule in
            (rule.kind == .all || kinds[rule.kind] == access.kind)
                && (rule.major ?? access.major) == access.major && (rule.minor ?? access.minor) == access.minor
        }
        return fitting.contains { rule in
            let same = fitting.filter { ($0.kind, $0.major, $0.minor) == (rule.kind, rule.major, rule.minor) }
            return access.wanted.isSubset(of: same.reduce(into: []) { $0.formUnion($1.access) })
        }
    }

    @Test func programDoesWhatTheRulesSay() throws {
        let extra = ["b 8:* r", "c 10:200 rw", "a 7:7 rwm", "c 10:229 r", "b 8:* m", "c 10:229 w"].compactMap(DeviceRule.init)
        let numbers: [(UInt32, UInt32)] = [(1, 3), (1, 4), (5, 1), (8, 0), (8, 9), (10, 200), (10, 229), (136, 44), (7, 7)]
        for rules in [[], DevicePolicy.docker, DevicePolicy.docker + extra, extra] {
            let program = DeviceProgram.instructions(rules)
            for kind in [UInt32(1), 2] {
                for (major, minor) in numbers {
                    for bits in UInt32(1)...7 {
                        let access = Access(kind: kind, major: major, minor: minor, wanted: DeviceRule.Access(rawValue: bits))
                        let verdict = try EBPFMachine.run(program, context: [bits << 16 | kind, major, minor])
                        #expect(verdict == (allows(rules, access) ? 1 : 0), "\(access.testDescription)")
                    }
                }
            }
        }
    }

    @Test func deniesFuseByDefault() throws {
        let fuse = try EBPFMachine.run(DeviceProgram.instructions(DevicePolicy.docker), context: [6 << 16 | 2, 10, 229])
        #expect(fuse == 0)
    }

    @Test func rulesForOneDeviceAddUp() throws {
        let program = DeviceProgram.instructions(["c 10:229 r", "c 10:229 w"].compactMap(DeviceRule.init))
        #expect(try EBPFMachine.run(program, context: [6 << 16 | 2, 10, 229]) == 1)
    }
}

/// As much of eBPF as device programs use.
private enum EBPFMachine {
    struct Fault: Error {}

    static func run(_ program: [EBPFInstruction], context: [UInt32]) throws -> UInt64 {
        var registers = [UInt64](repeating: 0, count: 11)
        var position = 0
        while position < program.count {
            let instruction = program[position]
            position += 1
            let (to, from) = (Int(instruction.registers & 0xf), Int(instruction.registers >> 4))
            let value = UInt64(bitPattern: Int64(instruction.immediate))
            switch instruction.code {
            case 0x61:
                guard from == 1, context.indices.contains(Int(instruction.offset) / 4) else { throw Fault() }
                registers[to] = UInt64(context[Int(instruction.offset) / 4])
            case 0xbf: registers[to] = registers[from]
            case 0xb7: registers[to] = value
            case 0x57: registers[to] &= value
            case 0x77: registers[to] >>= value
            case 0x55: if registers[to] != value { position += Int(instruction.offset) }
            case 0x5d: if registers[to] != registers[from] { position += Int(instruction.offset) }
            case 0x95: return registers[0]
            default: throw Fault()
            }
        }
        throw Fault()
    }
}
