// What happens to each system call of one instruction set, by number.

/// The end of all rules about one system call: the first whose conditions hold decides, then the fallback.
struct SeccompDecision: Equatable {
    struct Conditional: Equatable {
        var arguments: [SeccompArgument]
        var action: SeccompAction
    }
    var conditionals: [Conditional] = []
    var fallback: SeccompAction
}

/// Adjacent numbers with the same decision.
struct SeccompSpan: Equatable {
    var first: UInt32
    var decision: SeccompDecision
}

enum SeccompTable {
    private static let unknownCall = SeccompAction.fail(errno: 38)

    /// Spans in ascending order that cover all numbers from `base` on. A call newer than any that the profile names fails with
    /// ENOSYS rather than with the profile's own error, so that programs fall back to what they used before it existed.
    static func spans(
        _ rules: [SeccompRule], default defaultAction: SeccompAction, architecture: SeccompArchitecture
    ) -> [SeccompSpan] {
        let base = architecture == .x32 ? SeccompArchitecture.x32Bit : 0
        let (decisions, newest) = decide(rules, default: defaultAction, architecture: architecture)
        var spans = [SeccompSpan(first: base, decision: SeccompDecision(fallback: defaultAction))]
        for (number, decision) in decisions.sorted(by: { $0.key < $1.key }) {
            append(SeccompSpan(first: number, decision: decision), to: &spans)
            append(SeccompSpan(first: number + 1, decision: SeccompDecision(fallback: defaultAction)), to: &spans)
        }
        if let newest, defaultAction.refuses {
            append(SeccompSpan(first: newest + 1, decision: SeccompDecision(fallback: unknownCall)), to: &spans)
        }
        return spans
    }

    private static func append(_ span: SeccompSpan, to spans: inout [SeccompSpan]) {
        if let last = spans.last, last.first == span.first { spans.removeLast() }
        guard spans.last?.decision != span.decision else { return }
        spans.append(span)
    }

    private static func decide(
        _ rules: [SeccompRule], default defaultAction: SeccompAction, architecture: SeccompArchitecture
    ) -> (decisions: [UInt32: SeccompDecision], newest: UInt32?) {
        var decisions: [UInt32: SeccompDecision] = [:]
        var newest: UInt32?
        for rule in rules {
            for name in rule.names {
                if let number = architecture.number(of: name) {
                    newest = max(newest ?? number, number)
                    add(rule.action, rule.alternatives, to: &decisions[number, default: SeccompDecision(fallback: defaultAction)])
                }
                guard rule.arguments.isEmpty, let (multiplexer, call) = architecture.multiplexed(name),
                    let number = architecture.number(of: multiplexer)
                else { continue }
                let inside = SeccompArgument(index: 0, comparison: .equal, value: call)
                add(rule.action, [[inside]], to: &decisions[number, default: SeccompDecision(fallback: defaultAction)])
            }
        }
        for (number, decision) in decisions { decisions[number] = decision.simplified }
        return (decisions, newest)
    }

    private static func add(_ action: SeccompAction, _ alternatives: [[SeccompArgument]], to decision: inout SeccompDecision) {
        for arguments in alternatives {
            if arguments.isEmpty {
                decision.fallback = action
            } else {
                decision.conditionals.append(.init(arguments: arguments, action: action))
            }
        }
    }
}

extension SeccompDecision {
    /// Without conditions that end as the fallback does anyway.
    fileprivate var simplified: SeccompDecision {
        conditionals.allSatisfy { $0.action == fallback } ? SeccompDecision(fallback: fallback) : self
    }
}

extension SeccompRule {
    /// Lists of conditions that must hold together; any list will do. Conditions on one argument twice are alternatives, as runc has it.
    fileprivate var alternatives: [[SeccompArgument]] {
        let distinct = Set(arguments.map(\.index))
        return distinct.count == arguments.count ? [arguments] : arguments.map { [$0] }
    }
}

extension SeccompAction {
    fileprivate var refuses: Bool {
        switch self {
        case .allow, .log, .trace: false
        case .fail(let errno): errno != 38
        case .trap, .killThread, .killProcess: true
        }
    }
}
