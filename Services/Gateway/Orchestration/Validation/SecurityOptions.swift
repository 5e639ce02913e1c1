// `--security-opt`.
import Contracts
import RPC

/// The entries of `HostConfig.SecurityOpt`, understood.
struct SecurityOptions: Equatable {
    var noNewPrivileges = false
    /// nil when nothing was said.
    var seccomp: SeccompSpec?

    /// Errors: `invalidParameter` for what isn't understood or can't be enforced here.
    init(_ options: [String]) throws(RPCError) {
        for option in options {
            let parts = Self.split(option)
            switch parts.key {
            case "no-new-privileges": noNewPrivileges = try Self.flag(parts.value, option)
            case "seccomp": seccomp = try Self.seccomp(parts.value, option)
            case "apparmor": try Self.requireUnconfined(parts.value, option)
            case "label": try Self.requireDisabled(parts.value, option)
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

    private static func requireUnconfined(_ value: String?, _ option: String) throws(RPCError) {
        guard value == "unconfined" else {
            throw RPCError(
                .invalidParameter, "security option \(option) is not supported: AppArmor profiles can't be applied by this engine")
        }
    }

    private static func requireDisabled(_ value: String?, _ option: String) throws(RPCError) {
        guard value == "disable" else {
            throw RPCError(
                .invalidParameter, "security option \(option) is not supported: SELinux labels can't be applied by this engine")
        }
    }

    private static func invalid(_ option: String) -> RPCError {
        RPCError(.invalidParameter, "invalid --security-opt: \"\(option)\"")
    }
}
