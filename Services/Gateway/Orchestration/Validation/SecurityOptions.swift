// `--security-opt`.
import Contracts
import RPC

/// The entries of `HostConfig.SecurityOpt`, understood.
struct SecurityOptions: Equatable {
    var noNewPrivileges = false
    /// nil when nothing was said.
    var seccomp: SeccompSpec?
    /// Entries that ask for an AppArmor profile or SELinux labels, as they were given.
    private(set) var profiles: [String] = []
    private(set) var labels: [String] = []

    /// Errors: `invalidParameter` for what isn't understood or can't be enforced here.
    init(_ options: [String]) throws(RPCError) {
        for option in options {
            let parts = Self.split(option)
            switch parts.key {
            case "no-new-privileges": noNewPrivileges = try Self.flag(parts.value, option)
            case "seccomp": seccomp = try Self.seccomp(parts.value, option)
            case "apparmor" where parts.value != nil: if parts.value != "unconfined" { profiles.append(option) }
            case "label" where parts.value != nil: if parts.value != "disable" { labels.append(option) }
            default: throw Self.invalid(option)
            }
        }
    }

    /// Older clients separate with a colon.
    private static func split(_ option: String) -> (key: String, value: String?) {
        guard let separator = option.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return (option, nil) }
        return (String(option[..<separator]), String(option[option.index(after: separator)...]))
    }

    private static func flag(_ value: String?, _ option: String) throws(RPCError) -> Bool {
        switch value {
        case nil, "true", "1": return true
        case "false", "0": return false
        default: throw invalid(option)
        }
    }

    private static func seccomp(_ value: String?, _ option: String) throws(RPCError) -> SeccompSpec {
        switch value {
        case "unconfined": return .unconfined
        case "builtin": return .builtin
        case .some(let profile) where profile.hasPrefix("{"): return .profile(profile)
        default: throw invalid(option)
        }
    }

    /// What the host's kernel doesn't have can't confine; what it has but isn't applied here is refused, lest a container run unconfined.
    func check(_ facts: HostFacts, _ report: inout SettingsReport) {
        for (name, options, isPresent) in [("AppArmor", profiles, facts.hasAppArmor), ("SELinux", labels, facts.hasSELinux)] {
            for option in options where isPresent {
                report.fault("security option \(option) is not supported: \(name) can't be applied by this engine")
            }
            for option in options where !isPresent {
                report.warn("Your kernel does not support \(name). Security option \(option) discarded.")
            }
        }
    }

    private static func invalid(_ option: String) -> RPCError {
        // dockerd counts: 1 stands for what is no pair, 2 for a pair that isn't understood.
        RPCError(.invalidParameter, "invalid --security-opt \(split(option).value == nil ? 1 : 2): \"\(option)\"")
    }
}
