// Starts programs with nothing of this process's signal state or descriptors in them.
import CLinux
import Glibc

/// A program to start.
public struct ChildProcess: Sendable {
    /// Which session and process group the child is in.
    public enum Group: Sendable {
        /// The parent's.
        case inherited
        /// A process group of its own: a terminal's Ctrl-C reaches the parent alone.
        case own
        /// A session of its own: it outlives the terminal.
        case ownSession
    }

    public var path: String
    /// Without the program's own name.
    public var arguments: [String]
    /// `KEY=value`; nil takes the parent's.
    public var environment: [String]?
    /// Child's descriptor → parent's. Standard input, output and error are `/dev/null` unless they are here; there are no others.
    public var descriptors: [Int32: Int32]
    public var group: Group

    public init(
        path: String, arguments: [String] = [], environment: [String]? = nil, descriptors: [Int32: Int32] = [:], group: Group = .own
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.group = group
    }

    /// Starts it, with an empty signal mask and default actions: worker threads block most signals, and a child would inherit that.
    /// Returns the process ID, which the caller must wait for. Throws `SystemCallError`, also when the program can't be executed.
    public func spawn() throws -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        configure(&attributes)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        configure(&actions)

        var pid: pid_t = 0
        let result = Self.withCStrings([path] + arguments) { argv in
            Self.withCStrings(environment ?? Self.ownEnvironment()) { envp in
                posix_spawn(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw SystemCallError("start", path, code: result) }
        return pid
    }

    private func configure(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        switch group {
        case .inherited: break
        case .own: flags |= Int16(POSIX_SPAWN_SETPGROUP)
        case .ownSession: flags |= berth_spawn_flag_session()
        }
        posix_spawnattr_setflags(&attributes, flags)
    }

    private func configure(_ actions: inout posix_spawn_file_actions_t) {
        for standard in Int32(0)...2 where descriptors[standard] == nil {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        for (child, parent) in descriptors.sorted(by: { $0.key < $1.key }) {
            posix_spawn_file_actions_adddup2(&actions, parent, child)
        }
        _ = berth_spawn_close_from(&actions, max(2, descriptors.keys.max() ?? 2) + 1)
    }

    private static func ownEnvironment() -> [String] {
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            result.append(String(cString: text))
            entry += 1
        }
        return result
    }

    private static func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}

/// How a child ended.
public enum ChildExit: Sendable, Equatable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    /// From the status that `waitpid` gives.
    public init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }

    public var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "signal \(signal)"
        }
    }
}
