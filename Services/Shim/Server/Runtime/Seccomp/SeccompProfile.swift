// A seccomp profile as Docker writes it, and what remains of it for one container.
import Linux

/// What happens to a system call.
enum SeccompAction: Equatable, Hashable {
    case allow
    case log
    case trap
    case killThread
    case killProcess
    case fail(errno: UInt16)
    case trace(UInt16)
}

/// A condition on one argument of a system call.
struct SeccompArgument: Equatable, Hashable {
    enum Comparison: String {
        case notEqual = "SCMP_CMP_NE"
        case less = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greater = "SCMP_CMP_GT"
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }
    /// 0 to 5.
    var index: Int
    var comparison: Comparison
    /// The value, or the mask of `maskedEqual`.
    var value: UInt64
    /// What the masked argument is to be.
    var masked: UInt64 = 0
}

/// System calls by name, and what happens to them when all conditions hold.
struct SeccompRule: Equatable {
    var names: [String]
    var action: SeccompAction
    var arguments: [SeccompArgument] = []
}

/// When a rule of a profile applies; all parts must.
struct SeccompCondition: Equatable {
    /// As Docker names them: `amd64`, `arm64`, `s390x`…
    var architectures: [String] = []
    var capabilities: [String] = []
    var minimumKernel: KernelRelease?
}

/// A profile before it is known for which container and host.
struct SeccompProfile: Equatable {
    struct Entry: Equatable {
        var rule: SeccompRule
        var includes = SeccompCondition()
        var excludes = SeccompCondition()
    }
    var defaultAction: SeccompAction
    /// Foreign instruction sets whose processes may run too, beside the host's own.
    var architectures: [SeccompArchitecture]
    var entries: [Entry]
    /// As seccomp(2) takes them.
    var flags: UInt32 = 0

    /// The rules that apply to a container with these capabilities on this host.
    func rules(
        capabilities: Set<String>, kernel: KernelRelease, architecture: String = SeccompArchitecture.nativeDockerName
    ) -> [SeccompRule] {
        entries.filter { entry in
            entry.includes.isMet(capabilities, kernel, architecture) && !entry.excludes.isTouched(capabilities, kernel, architecture)
        }.map(\.rule)
    }
}

extension SeccompCondition {
    fileprivate func isMet(_ held: Set<String>, _ kernel: KernelRelease, _ architecture: String) -> Bool {
        (architectures.isEmpty || architectures.contains(architecture))
            && capabilities.allSatisfy(held.contains)
            && minimumKernel.map { kernel >= $0 } ?? true
    }

    fileprivate func isTouched(_ held: Set<String>, _ kernel: KernelRelease, _ architecture: String) -> Bool {
        architectures.contains(architecture)
            || capabilities.contains(where: held.contains)
            || minimumKernel.map { kernel >= $0 } ?? false
    }
}
