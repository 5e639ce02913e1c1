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
    @Argument(parsing: .postTerminator) var program: [String]

    func run() throws {
        guard let path = program.first else { throw ValidationError("no program") }
        if uid != 0 { try check(berth_become_user(uid, gid), "become user \(uid)") }
        // After the change of user, which clears it.
        try check(berth_signal_on_parent_exit(SIGTERM), "follow the supervisor")
        guard getppid() == supervisor else { throw ExitCode.failure }
        if let socket {
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "1", 1)
            setenv("LISTEN_FDNAMES", socket, 1)
        }
        let argv = program.map { strdup($0) } + [nil]
        execv(path, argv)
        throw SystemCallError("start", path)
    }

    private func check(_ result: Int32, _ step: String) throws {
        if result < 0 { throw SystemCallError(step, program.first ?? "", code: -result) }
    }
}
