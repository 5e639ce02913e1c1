// Puts a filter together from its end, so that each jump knows its way, and what ends alike is there once.
// The kernel translates every filter anew for every process: half the instructions are half the time.

struct BPFAssembler {
    /// An instruction, by its distance from the filter's end.
    typealias Label = Int

    /// A shared return stays within reach of the conditional jumps that may yet come.
    private static let reach = 200
    private static let longestBranch = 255

    private var reversed: [BPFInstruction] = []
    private var returns: [SeccompAction: Label] = [:]

    var instructions: [BPFInstruction] { reversed.reversed() }

    /// Puts instructions before all others; the last of them may fall through.
    mutating func emit(_ block: BPFInstruction...) -> Label { emit(block) }

    mutating func emit(_ block: [BPFInstruction]) -> Label {
        reversed.append(contentsOf: block.reversed())
        return reversed.count
    }

    mutating func ret(_ action: SeccompAction) -> Label {
        if let label = returns[action], distance(to: label) <= Self.reach { return label }
        let label = emit(.ret(action))
        returns[action] = label
        return label
    }

    /// A conditional jump reaches 255 instructions, an unconditional one any distance.
    mutating func branch(_ test: BPFInstruction.Test, _ operand: UInt32, yes: Label, no: Label) -> Label {
        let yes = distance(to: yes) < Self.longestBranch ? yes : jump(to: yes)
        let no = distance(to: no) <= Self.longestBranch ? no : jump(to: no)
        return emit(.test(test, operand, yes: distance(to: yes), no: distance(to: no)))
    }

    /// The instruction itself when it comes first anyway.
    mutating func first(_ label: Label) -> Label { distance(to: label) == 0 ? label : jump(to: label) }

    private mutating func jump(to label: Label) -> Label { emit(.jump(over: distance(to: label))) }

    /// What the next instruction would skip.
    private func distance(to label: Label) -> Int { reversed.count - label }
}
