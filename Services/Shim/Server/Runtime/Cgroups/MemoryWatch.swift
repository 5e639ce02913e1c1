// Tells when a control group ran out of memory.
import CLinux
import Glibc
import Linux

final class MemoryWatch {
    /// Readable when something happened.
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Version 2: the kernel reports each change of `memory.events` as a modification.
    static func unified(_ directory: CgroupDirectory) -> MemoryWatch? {
        let descriptor = clinux_watch_changes("\(directory.path)/memory.events")
        return descriptor < 0 ? nil : MemoryWatch(descriptor: descriptor)
    }

    /// Version 1: an event counter is tied to `memory.oom_control`.
    static func legacy(_ directory: CgroupDirectory) -> MemoryWatch? {
        let control = clinux_open_file("\(directory.path)/memory.oom_control", O_RDONLY, 0)
        guard control >= 0 else { return nil }
        defer { close(control) }
        let counter = clinux_eventfd()
        guard counter >= 0 else { return nil }
        do throws(Errno) {
            try directory.write("\(counter) \(control)", to: "cgroup.event_control")
        } catch {
            close(counter)
            return nil
        }
        return MemoryWatch(descriptor: counter)
    }

    /// Takes the notice away, so that the descriptor is no longer readable.
    func acknowledge() { clinux_drain(descriptor) }
}
