// Version 2's device control: an eBPF program that looks at each access and says yes or no.

/// An eBPF instruction, laid out as the kernel's `struct bpf_insn`.
struct EBPFInstruction: Equatable {
    var code: UInt8
    /// Destination in the lower four bits, source in the upper four.
    var registers: UInt8
    var offset: Int16
    var immediate: Int32

    init(_ code: UInt8, to destination: UInt8 = 0, from source: UInt8 = 0, offset: Int = 0, _ immediate: UInt32 = 0) {
        self.code = code
        registers = source << 4 | destination
        self.offset = Int16(offset)
        self.immediate = Int32(bitPattern: immediate)
    }
}

enum DeviceProgram {
    private enum Code {
        static let loadWord: UInt8 = 0x61
        static let moveRegister: UInt8 = 0xbf
        static let moveValue: UInt8 = 0xb7
        static let and: UInt8 = 0x57
        static let shiftRight: UInt8 = 0x77
        static let jumpUnlessValue: UInt8 = 0x55
        static let jumpUnlessRegister: UInt8 = 0x5d
        static let exit: UInt8 = 0x95
    }

    /// Registers: 0 the verdict, 1 the context and then scratch, 2 the kind, 3 the access asked for, 4 major, 5 minor.
    static func instructions(_ rules: [DeviceRule]) -> [EBPFInstruction] {
        // The context's first word has the kind in its lower half and the access in its upper half.
        let prologue = [
            EBPFInstruction(Code.loadWord, to: 2, from: 1, offset: 0),
            EBPFInstruction(Code.moveRegister, to: 3, from: 2),
            EBPFInstruction(Code.and, to: 2, 0xffff),
            EBPFInstruction(Code.shiftRight, to: 3, 16),
            EBPFInstruction(Code.loadWord, to: 4, from: 1, offset: 4),
            EBPFInstruction(Code.loadWord, to: 5, from: 1, offset: 8),
        ]
        return prologue + joined(rules).flatMap(block) + verdict(0)
    }

    /// What rules for the same devices allow, they allow together, as in version 1.
    private static func joined(_ rules: [DeviceRule]) -> [DeviceRule] {
        var result: [DeviceRule] = []
        for rule in rules {
            if let index = result.firstIndex(where: { ($0.kind, $0.major, $0.minor) == (rule.kind, rule.major, rule.minor) }) {
                result[index].access.formUnion(rule.access)
            } else {
                result.append(rule)
            }
        }
        return result
    }

    /// Says yes and ends, or falls through to the next rule.
    private static func block(_ rule: DeviceRule) -> [EBPFInstruction] {
        var code = verdict(1)
        func unless(_ register: UInt8, _ value: UInt32?) {
            guard let value else { return }
            code.insert(EBPFInstruction(Code.jumpUnlessValue, to: register, offset: code.count, value), at: 0)
        }
        unless(5, rule.minor)
        unless(4, rule.major)
        if rule.access != .everything {
            // What is asked for must be among what is allowed.
            let jump = EBPFInstruction(Code.jumpUnlessRegister, to: 1, from: 3, offset: code.count)
            code =
                [EBPFInstruction(Code.moveRegister, to: 1, from: 3), EBPFInstruction(Code.and, to: 1, rule.access.rawValue), jump] + code
        }
        switch rule.kind {
        case .all: break
        case .block: unless(2, 1)
        case .character: unless(2, 2)
        }
        return code
    }

    private static func verdict(_ value: UInt32) -> [EBPFInstruction] {
        [EBPFInstruction(Code.moveValue, to: 0, value), EBPFInstruction(Code.exit)]
    }
}
