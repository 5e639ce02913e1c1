// A hook as a process: forked by the container's process to be, with the host's root, and waited for.
import CLinux
import Contracts
import Glibc
import Linux

struct HookProcess {
    struct Failure: Error { let words: String }

    let hook: HookSpec
    let bundle: HookBundle
    /// A descriptor of the host's root.
    let host: Int32

    private static let usualSeconds: Int64 = 60
    private static let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    /// Bytes of its output that a failure shows.
    private static let shown = 1024
    private static let notExecuted: Int32 = 127

    func run() throws(Failure) {
        let input = try file()
        let output = try file()
        try tell(input.raw)
        var pidfd: Int32 = -1
        let pid = clinux_fork_into(0, -1, &pidfd)
        if pid == 0 { become(input.raw, output.raw) }
        guard pid > 0 else { throw Failure(words: "clone3: \(Errno.reason(of: -pid))") }
        let end = OwnedDescriptor(taking: pidfd)
        try wait(for: pid, end.raw, output.raw)
    }

    /// In memory. It doesn't fill up, as a pipe would that nobody reads.
    private func file() throws(Failure) -> OwnedDescriptor {
        let file = clinux_unnamed_file("")
        guard file >= 0 else { throw Failure(words: "can't make a file for its output: \(Errno.reason(of: -file))") }
        return OwnedDescriptor(taking: file)
    }

    private func tell(_ input: Int32) throws(Failure) {
        do throws(Errno) {
            var state = try bundle.state(pid: getpid())
            let count = state.utf8.count
            let written = state.withUTF8 { pwrite(input, $0.baseAddress, $0.count, 0) }
            guard written == count else { throw Errno(code: errno, call: "write") }
        } catch {
            throw Failure(words: "it can't be told of the container: \(error)")
        }
    }

    private func wait(for pid: Int32, _ pidfd: Int32, _ output: Int32) throws(Failure) {
        let seconds = hook.timeout ?? Self.usualSeconds
        let isEnded = Self.awaitEnd(pidfd, milliseconds: Int32(clamping: min(seconds, Int64(Int32.max) / 1000) * 1000))
        if !isEnded { _ = clinux_pidfd_send_signal(pidfd, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard isEnded else { throw Failure(words: "hook ran past specified timeout of \(seconds)s") }
        guard status != 0 else { return }
        let signal = status & 0x7f
        let what = signal == 0 ? "exit status \((status >> 8) & 0xff)" : "signal \(signal)"
        throw Failure(words: "\(what), output: \(Self.text(of: output))")
    }

    private static func awaitEnd(_ pidfd: Int32, milliseconds: Int32) -> Bool {
        var watched = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&watched, 1, milliseconds)
            if count >= 0 { return count == 1 }
            guard errno == EINTR else { return true }
        }
    }

    private static func text(of output: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: shown)
        let count = pread(output, &bytes, bytes.count, 0)
        var text = bytes.prefix(max(0, count))
        while text.last == UInt8(ascii: "\n") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// Its working directory is the container's root, as seen from the host's.
    private func become(_ input: Int32, _ output: Int32) -> Never {
        _ = clinux_set_parent_death_signal(SIGKILL)
        guard clinux_change_root(host) == 0, chdir(bundle.root) == 0, clinux_duplicate(input, 0) >= 0, clinux_duplicate(output, 1) >= 0,
            clinux_duplicate(output, 2) >= 0
        else { _exit(Self.notExecuted) }
        _ = clinux_reset_signals(.max)
        _ = clinux_close_on_exec_from(3)
        let arguments = hook.arguments.isEmpty ? [hook.path] : hook.arguments
        let code = StringVector.execute(hook.path, arguments, hook.environment.isEmpty ? Self.environment : hook.environment)
        let words = Array("exec \(hook.path): \(Errno.reason(of: code))\n".utf8)
        _ = words.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        _exit(Self.notExecuted)
    }
}
