// The last step between the supervisor and a service: who it is, which sockets it gets, and that it ends with its supervisor.
import ArgumentParser
import CLinux
import Glibc
import ServiceKit

/// Runs in the new process, before the service's own program replaces it.
struct LaunchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "launch", shouldDisplay: false)

    @Option var supervisor: Int32
    @Option var uid: uid_t
    @Option var gid: gid_t
    /// Name of the listening socket at descriptor 3, if there is one.
    @Option var socket: String?
    /// How many descriptors it may have, where that differs from the supervisor's own.
    @Option var descriptors: Int?
    /// Its niceness, where the supervisor may give it.
    @Option var nice: Int32?
    /// The value of `NOTIFY_SOCKET`.
    @Option var notify: String?
    /// Names of the further descriptors, separated by `:`.
    @Option var kept: String?
    @Argument(parsing: .postTerminator) var program: [String]

    func run() throws {
        guard let path = program.first else { throw ValidationError("no program") }
        if let descriptors { try check(berth_descriptor_limit_set(descriptors), "limit descriptors to \(descriptors)") }
        if let nice { prioritize(nice) }
        if uid != 0 { try check(berth_become_user(uid, gid), "become user \(uid)") }
        // After the change of user, which clears it.
        try check(berth_signal_on_parent_exit(SIGTERM), "follow the supervisor")
        guard getppid() == supervisor else { throw ExitCode.failure }
        handOver()
        let argv = program.map { strdup($0) } + [nil]
        execv(path, argv)
        throw SystemCallError("start", path)
    }

    /// Also lets its threads have that niceness later, when it is another user's.
    private func prioritize(_ nice: Int32) {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, nice)
        let limit = UInt64(clamping: 20 - nice)
        _ = clinux_set_resource_limit(Int32(__RLIMIT_NICE.rawValue), limit, limit)
    }

    private func handOver() {
        if let notify { setenv("NOTIFY_SOCKET", notify, 1) }
        let names = [socket].compactMap { $0 } + (kept ?? "").split(separator: ":").map(String.init)
        guard !names.isEmpty else { return }
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "\(names.count)", 1)
        setenv("LISTEN_FDNAMES", names.joined(separator: ":"), 1)
    }

    private func check(_ result: Int32, _ step: String) throws {
        if result < 0 { throw SystemCallError(step, program.first ?? "", code: -result) }
    }
}
