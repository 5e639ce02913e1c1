// Classic BPF instructions, as seccomp filters are made of.

/// One instruction, laid out as the kernel's `struct sock_filter`.
struct BPFInstruction: Equatable {
    var code: UInt16
    var jumpIfTrue: UInt8 = 0
    var jumpIfFalse: UInt8 = 0
    var operand: UInt32

    /// Loads a word of the system call's data into the accumulator.
    static func load(_ offset: UInt32) -> Self { Self(code: 0x20, operand: offset) }
    static func and(_ mask: UInt32) -> Self { Self(code: 0x54, operand: mask) }
    static func jump(over count: Int) -> Self { Self(code: 0x05, operand: UInt32(count)) }
    static func ret(_ action: SeccompAction) -> Self { Self(code: 0x06, operand: action.code) }

    enum Test: UInt16 {
        case equal = 0x15
        case greater = 0x25
        case greaterOrEqual = 0x35
    }

    /// Skips as many instructions as the outcome says.
    static func test(_ test: Test, _ operand: UInt32, yes: Int = 0, no: Int = 0) -> Self {
        Self(code: test.rawValue, jumpIfTrue: UInt8(yes), jumpIfFalse: UInt8(no), operand: operand)
    }
}

/// Offsets in the kernel's `struct seccomp_data`.
enum SeccompData {
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4
    static func low(_ argument: Int) -> UInt32 { 16 + 8 * UInt32(argument) }
    static func high(_ argument: Int) -> UInt32 { 20 + 8 * UInt32(argument) }
}

extension SeccompAction {
    /// The value a filter returns.
    var code: UInt32 {
        switch self {
        case .allow: 0x7fff_0000
        case .log: 0x7ffc_0000
        case .trace(let data): 0x7ff0_0000 | UInt32(data)
        case .fail(let errno): 0x0005_0000 | UInt32(errno)
        case .trap: 0x0003_0000
        case .killThread: 0x0000_0000
        case .killProcess: 0x8000_0000
        }
    }
}
