// Standard input and output of a new process: the caller's pipes, or a terminal of the container's own.
import CLinux
import Contracts
import Glibc
import Linux

enum ProcessTerminal {
    /// Puts pipes in place as descriptors 0 to 2.
    static func connect(_ stdio: ProcessStdio) throws(RuntimeFailure) {
        guard case .pipes(let input, let output, let error) = stdio else { return }
        // Copied out of the way first: the given numbers may themselves be among 0 to 2.
        let copies = [input, output, error].map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        for (target, copy) in copies.enumerated() { try place(copy, Int32(target)) }
    }

    /// Puts a terminal in place as descriptors 0 to 2 if there is to be one. Returns its slave; the master goes to the shim.
    static func open(
        _ stdio: ProcessStdio, size: TerminalSize?, isConsole: Bool, _ channel: SetupChannel
    ) throws(RuntimeFailure) -> Int32? {
        guard stdio == .terminal else { return nil }
        let slave = try open(size: size, isConsole: isConsole, channel)
        for target in 0..<Int32(3) { try place(slave, target) }
        return slave
    }

    /// Lets the user open `/dev/stdout` and the terminal again by name.
    static func give(to uid: UInt32) {
        for descriptor in 0..<Int32(3) {
            var file = clinux_file()
            guard clinux_stat_descriptor(descriptor, &file) == 0, file.uid != uid, !isNull(file) else { continue }
            // Refused for what isn't the container's, for instance a socket handed in from outside.
            fchown(descriptor, uid, gid_t.max)
        }
    }

    private static func isNull(_ file: clinux_file) -> Bool {
        file.kind == Int32(CLINUX_KIND_CHARACTER) && file.major == 1
    }

    private static func place(_ descriptor: Int32, _ target: Int32) throws(RuntimeFailure) {
        let result = descriptor < 0 ? -EBADF : clinux_duplicate(descriptor, target)
        guard result >= 0 else { throw RuntimeFailure(step: "stdio", errno: -result, message: "dup2: \(Errno.reason(of: -result))") }
    }

    private static func open(size: TerminalSize?, isConsole: Bool, _ channel: SetupChannel) throws(RuntimeFailure) -> Int32 {
        let (master, slave): (Int32, Int32)
        do throws(Errno) {
            (master, slave) = try openPair(size)
            if isConsole { try bindConsole(master) }
        } catch {
            throw RuntimeFailure(step: "terminal", errno: error.code, message: "error creating terminal: \(error)")
        }
        try channel.send(.terminal, descriptor: master)
        close(master)
        return slave
    }

    private static func openPair(_ size: TerminalSize?) throws(Errno) -> (master: Int32, slave: Int32) {
        let master = try Errno.check(clinux_open_file("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0), "open /dev/ptmx")
        try Errno.check(clinux_terminal_unlock(master), "unlock terminal")
        if let size { try Errno.check(clinux_terminal_resize(master, size.columns, size.rows), "resize terminal") }
        return (master, try Errno.check(clinux_terminal_slave(master), "open terminal"))
    }

    private static func bindConsole(_ master: Int32) throws(Errno) {
        var number: UInt32 = 0
        try Errno.check(clinux_terminal_number(master, &number), "terminal number")
        let file = clinux_open_file("/dev/console", O_WRONLY | O_CREAT | O_EXCL, 0o600)
        if file >= 0 { close(file) } else if file != -EEXIST { try Errno.check(file, "open /dev/console") }
        try DetachedMount.clone("/dev/pts/\(number)", recursive: false).attach(at: "/dev/console")
    }
}
