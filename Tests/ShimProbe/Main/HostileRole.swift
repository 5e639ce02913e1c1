// What the probe is inside of a container: programs that busybox has no like of.
import CLinux
import Glibc
import ShimProbeProtocol

enum HostileRole {
    static func play(_ role: ProbeRole) -> Never {
        switch role {
        case .sigwait: waitForSignal()
        case .signalfd: readSignal()
        case .stop: stopNewcomers()
        case .pry: pry()
        }
    }

    private static func waitForSignal() -> Never {
        _ = clinux_block_signals()
        close(creat("/ready", 0o600))
        exit(clinux_wait_signal() == SIGTERM ? 7 : 1)
    }

    private static func readSignal() -> Never {
        var watched = pollfd(fd: clinux_signal_descriptor([SIGTERM], 1), events: Int16(POLLIN), revents: 0)
        close(creat("/ready", 0o600))
        poll(&watched, 1, -1)
        exit(clinux_take_signal(watched.fd) == SIGTERM ? 7 : 1)
    }

    private static func stopNewcomers() -> Never {
        while access("/go", F_OK) != 0 || kill(-1, 0) == 0 { sched_yield() }
        // Numbers are given in order.
        let last = clinux_fork()
        if last == 0 { _exit(0) }
        waitpid(last, nil, 0)
        var next = last + 1
        say("waiting")
        while true { if kill(next, SIGSTOP) == 0 { next += 1 } }
    }

    private static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = clinux_read_link(AT_FDCWD, path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Looks at the next process for as long as it is there.
    private static func pry() -> Never {
        let own = link("/proc/self/ns/mnt")
        var (next, seen): (Int32, Set<String>) = (2, [])
        while access("/enough", F_OK) != 0 {
            guard let mounts = link("/proc/\(next)/ns/mnt") else {
                if access("/proc/\(next + 1)", F_OK) == 0 { next += 1 }
                continue
            }
            seen.insert(mounts == own ? "own" : "mounts of the host")
            if access("/proc/\(next)/fd/\(probeDescriptorOfRoot)", F_OK) == 0 { seen.insert("a descriptor of the host's root") }
        }
        say(seen.sorted().joined(separator: "\n"))
        exit(0)
    }

    private static func say(_ words: String) { _ = write(1, "\(words)\n", words.utf8.count + 1) }
}
