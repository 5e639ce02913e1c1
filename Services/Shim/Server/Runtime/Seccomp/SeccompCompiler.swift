// Turns a profile's rules into a filter: a binary search over spans of system call numbers, for each instruction set.
// The kernel takes such a filter in a tenth of the time it needs for one comparison a call.

/// A filter ready for seccomp(2).
struct SeccompFilter: Equatable {
    var instructions: [BPFInstruction]
    var flags: UInt32
}

enum SeccompCompiler {
    static func compile(
        _ rules: [SeccompRule], default defaultAction: SeccompAction, architectures: [SeccompArchitecture], flags: UInt32 = 0
    ) -> SeccompFilter {
        let tables = architectures.map { ($0, SeccompTable.spans(rules, default: defaultAction, architecture: $0)) }
        return SeccompFilter(instructions: dispatch(tables), flags: flags)
    }

    private typealias Table = (architecture: SeccompArchitecture, spans: [SeccompSpan])

    /// Leads each instruction set to its own search; a foreign one is the end of the thread.
    private static func dispatch(_ tables: [Table]) -> [BPFInstruction] {
        var code = BPFAssembler()
        var next = code.ret(.killThread)
        for table in tables.reversed() where table.architecture != .x32 {
            var body =
                table.architecture == .x86_64
                ? choose(table, tables.first { $0.architecture == .x32 }, &code) : search(table.spans[...], &code)
            body = code.first(body)
            body = code.emit(.load(SeccompData.number))
            next = code.branch(.equal, table.architecture.audit, yes: body, no: next)
        }
        _ = code.emit(.load(SeccompData.architecture))
        return code.instructions
    }

    /// x32 calls are those of the same machine with one bit set.
    private static func choose(_ native: Table, _ x32: Table?, _ code: inout BPFAssembler) -> BPFAssembler.Label {
        let yes = x32.map { search($0.spans[...], &code) } ?? code.ret(.killThread)
        let no = search(native.spans[...], &code)
        return code.branch(.greaterOrEqual, SeccompArchitecture.x32Bit, yes: yes, no: no)
    }

    private static func search(_ spans: ArraySlice<SeccompSpan>, _ code: inout BPFAssembler) -> BPFAssembler.Label {
        guard spans.count > 1 else { return decide(spans.first?.decision, &code) }
        let middle = spans.startIndex + spans.count / 2
        let yes = search(spans[middle...], &code)
        let no = search(spans[..<middle], &code)
        return code.branch(.greaterOrEqual, spans[middle].first, yes: yes, no: no)
    }

    private static func decide(_ decision: SeccompDecision?, _ code: inout BPFAssembler) -> BPFAssembler.Label {
        guard let decision else { return code.ret(.killThread) }
        if decision.conditionals.isEmpty { return code.ret(decision.fallback) }
        return code.emit(decision.conditionals.flatMap { conditional($0) } + [.ret(decision.fallback)])
    }

    /// Falls through to what follows when a condition doesn't hold.
    private static func conditional(_ rule: SeccompDecision.Conditional) -> [BPFInstruction] {
        var code: [BPFInstruction] = [.ret(rule.action)]
        for argument in rule.arguments.reversed() { code = compare(argument, failing: code.count) + code }
        return code
    }

    /// Goes on behind itself when the condition holds, and `failing` instructions further when it doesn't.
    /// Both halves of the argument count, the upper one first.
    private static func compare(_ argument: SeccompArgument, failing: Int) -> [BPFInstruction] {
        let high = BPFInstruction.load(SeccompData.high(argument.index))
        let low = BPFInstruction.load(SeccompData.low(argument.index))
        let (upper, lower) = (UInt32(argument.value >> 32), UInt32(truncatingIfNeeded: argument.value))
        switch argument.comparison {
        case .equal:
            return [high, .test(.equal, upper, no: failing + 2), low, .test(.equal, lower, no: failing)]
        case .notEqual:
            return [high, .test(.equal, upper, no: 2), low, .test(.equal, lower, yes: failing)]
        case .maskedEqual:
            let wanted = argument.masked
            return [
                high, .and(upper), .test(.equal, UInt32(wanted >> 32), no: failing + 3),
                low, .and(lower), .test(.equal, UInt32(truncatingIfNeeded: wanted), no: failing),
            ]
        case .greater: return ordered(high, low, upper, lower, .greater, failing)
        case .greaterOrEqual: return ordered(high, low, upper, lower, .greaterOrEqual, failing)
        case .less: return inverted(high, low, upper, lower, .greaterOrEqual, failing)
        case .lessOrEqual: return inverted(high, low, upper, lower, .greater, failing)
        }
    }

    private static func ordered(
        _ high: BPFInstruction, _ low: BPFInstruction, _ upper: UInt32, _ lower: UInt32, _ test: BPFInstruction.Test, _ failing: Int
    ) -> [BPFInstruction] {
        [high, .test(.greater, upper, yes: 3), .test(.equal, upper, no: failing + 2), low, .test(test, lower, no: failing)]
    }

    private static func inverted(
        _ high: BPFInstruction, _ low: BPFInstruction, _ upper: UInt32, _ lower: UInt32, _ test: BPFInstruction.Test, _ failing: Int
    ) -> [BPFInstruction] {
        [high, .test(.greater, upper, yes: failing + 3), .test(.equal, upper, no: 2), low, .test(test, lower, yes: failing)]
    }
}
