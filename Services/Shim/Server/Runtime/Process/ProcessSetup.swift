// Makes a new process, already in its namespaces, what the specification says, and executes the command.
import CLinux
import Contracts
import Glibc
import Linux

/// Prepared by the shim, carried out by the new process.
struct ProcessSetup {
    let spec: ProcessSpec
    let capabilities: CapabilitySet
    let filter: SeccompFilter?
    let stdio: ProcessStdio
    /// The container's first process: its working directory is made, and its terminal is also the console.
    let isFirst: Bool
    /// PID 1 is an init of ours, and the command its child.
    let usesInit: Bool
    /// Of the container's user namespace; nil for the host's.
    let idMap: IDMap?

    init(
        _ spec: ProcessSpec, filter: SeccompFilter?, allCapabilities: Bool, stdio: ProcessStdio, isFirst: Bool, usesInit: Bool = false,
        idMap: IDMap? = nil
    ) throws(RuntimeFailure) {
        guard spec.arguments.first != nil else { throw RuntimeFailure(step: "process", errno: 0, message: "no command specified") }
        guard spec.terminal == (stdio == .terminal) else {
            throw RuntimeFailure(step: "process", errno: 0, message: "a process has a terminal or pipes, and its specification says which")
        }
        for limit in spec.rlimits where limit.number == nil {
            throw RuntimeFailure(step: "rlimit", errno: 0, message: "invalid rlimit type: \(limit.name)")
        }
        let held = CapabilitySet.permitted()
        do throws(CapabilitySet.UnknownCapability) {
            // A host may keep capabilities from its containers' shims. What isn't there can't be handed on.
            capabilities = allCapabilities ? held : try CapabilitySet(names: spec.capabilities).intersection(held)
        } catch {
            throw RuntimeFailure(step: "capabilities", errno: 0, message: "unknown capability: \"\(error.name)\"")
        }
        self.spec = spec
        self.filter = filter
        self.stdio = stdio
        self.isFirst = isFirst
        self.usesInit = usesInit
        self.idMap = idMap
    }

    /// Whether it, or what it starts, may look into other processes.
    var mayTrace: Bool { capabilities.contains(CapabilitySet.tracing) }

    /// What must be done while the host's `/proc` is still in sight.
    func begin(_ channel: SetupChannel) throws(RuntimeFailure) {
        try dieWithShim(channel)
        guard let score = spec.oomScoreAdjustment else { return }
        do throws(Errno) {
            try SmallFile.write(String(score), to: "/proc/self/oom_score_adj")
        } catch {
            // The score of those that ask for none; where the engine has a higher one that it may not lower, theirs is that.
            guard score != 0 || error.code != EACCES else { return }
            throw RuntimeFailure(step: "oom", errno: error.code, message: "unable to set oom_score_adj to \(score): \(error.reason)")
        }
    }

    /// Puts pipes in place, and closes what else the process has of the host's. The mounts are in place and the root is the container's:
    /// from here on, names that the container chose are looked up, and none of them may find its way out through `/proc/self/fd`.
    func leaveHost(_ channel: SetupChannel) throws(RuntimeFailure) {
        try ProcessTerminal.connect(stdio)
        let result = clinux_close_all_but(channel.socket)
        guard result == 0 else {
            throw RuntimeFailure(step: "stdio", errno: -result, message: "close_range: \(Errno.reason(of: -result))")
        }
    }

    /// Everything else, after `leaveHost`.
    func finish(_ channel: SetupChannel) throws(RuntimeFailure) -> Never {
        let terminal = try ProcessTerminal.open(stdio, size: spec.terminalSize, isConsole: isFirst, channel)
        let user = try resolveUser(channel)
        try limitResources()
        ProcessTerminal.give(to: user.uid)
        let hasEntered = try enterDirectory()
        umask(0o022)

        let credentials = credentials(of: user)
        try credentials.assume()
        if !hasEntered { try changeDirectory() }
        try checkDirectory()
        let environment = environment(home: user.home)
        let path = try CommandLookup.find(spec.arguments[0], environment: environment)
        let command = Command(path: path, arguments: spec.arguments, environment: environment, terminal: terminal)
        try dieWithShim(channel)

        // Said before the filter is in force, which may forbid saying anything.
        try channel.send(.ready)
        try credentials.seal()
        if usesInit { try InitLoop.run(command, channel) }
        try command.execute()
    }

    /// Asked for again after each change of credentials, which forgets it. The shim may have ended before it was in force.
    func dieWithShim(_ channel: SetupChannel) throws(RuntimeFailure) {
        _ = clinux_set_parent_death_signal(SIGKILL)
        if channel.isHungUp { _exit(1) }
    }

    /// Only the host's root may raise a limit that can't be raised: done before the process is in a user namespace, and lowered there.
    func raiseLimits() throws(RuntimeFailure) {
        for limit in spec.rlimits {
            guard let number = limit.number else { continue }
            let result = clinux_raise_resource_limit(number, limit.kernelValues.hard)
            guard result < 0 else { continue }
            throw RuntimeFailure(
                step: "rlimit", errno: -result,
                message: "error setting rlimit \(limit.name) to \(limit.soft):\(limit.hard): \(Errno.reason(of: -result))")
        }
    }

    func credentials(of user: ProcessUser) -> ProcessCredentials {
        ProcessCredentials(user: user, capabilities: capabilities, noNewPrivileges: spec.noNewPrivileges, filter: filter)
    }

    /// Also tells the shim, for further execs.
    private func resolveUser(_ channel: SetupChannel) throws(RuntimeFailure) -> ProcessUser {
        let (passwd, group) = ("/etc/passwd", "/etc/group")
        let marks = isFirst || idMap != nil ? (nil, nil) : (FileMark(settled: passwd), FileMark(settled: group))
        let accounts = AccountFiles(passwd: try AccountFiles.read(passwd), group: try AccountFiles.read(group))
        let user: ProcessUser
        do throws(ProcessUser.Failure) {
            user = try ProcessUser.resolve(spec.user, additionalGroups: spec.additionalGroups, in: accounts)
            if let idMap { try user.check(idMap) }
        } catch {
            throw RuntimeFailure(step: "user", errno: 0, message: error.message)
        }
        if case (let passwd?, let group?) = marks {
            let resolved = ResolvedUser(user: user, passwd: passwd, group: group)
            if resolved.bytes != nil { try channel.send(.resolved(resolved)) }
        }
        return user
    }

    private func limitResources() throws(RuntimeFailure) {
        for limit in spec.rlimits {
            guard let number = limit.number else { continue }
            let (soft, hard) = limit.kernelValues
            let result = clinux_set_resource_limit(number, soft, hard)
            guard result < 0 else { continue }
            throw RuntimeFailure(
                step: "rlimit", errno: -result,
                message: "error setting rlimit \(limit.name) to \(limit.soft):\(limit.hard): \(Errno.reason(of: -result))")
        }
    }

    /// False when only the user may enter the directory, not root without its capabilities on a remote file system.
    private func enterDirectory() throws(RuntimeFailure) -> Bool {
        if isFirst, chdir(spec.workingDirectory) != 0, errno == ENOENT {
            do throws(Errno) { try Directory.makeAll(spec.workingDirectory) } catch { throw badDirectory(error.code) }
        }
        guard chdir(spec.workingDirectory) != 0 else { return true }
        guard errno == EACCES || errno == EPERM else { throw badDirectory(errno) }
        return false
    }

    private func changeDirectory() throws(RuntimeFailure) {
        guard chdir(spec.workingDirectory) == 0 else { throw badDirectory(errno) }
    }

    /// runc's words, for which scanners look.
    private func checkDirectory() throws(RuntimeFailure) {
        let result = clinux_check_directory()
        guard result < 0 else { return }
        let words =
            result == -EXDEV
            ? "current working directory is outside of container mount namespace root -- possible container breakout detected"
            : "failed to verify if current working directory is safe: \(Errno.reason(of: -result))"
        throw RuntimeFailure(step: "cwd", errno: -result, message: words)
    }

    private func badDirectory(_ code: Int32) -> RuntimeFailure {
        RuntimeFailure(
            step: "cwd", errno: code,
            message: "chdir to cwd (\"\(spec.workingDirectory)\") set in config.json failed: \(Errno.reason(of: code))")
    }

    func environment(home: String) -> [String] {
        let isSet = spec.environment.contains { $0.hasPrefix("HOME=") && $0.utf8.count > 5 }
        return isSet ? spec.environment : spec.environment.filter { !$0.hasPrefix("HOME=") } + ["HOME=\(home)"]
    }
}

extension ProcessSpec {
    var userRequest: UserRequest { UserRequest(user: user, additionalGroups: additionalGroups) }
}
