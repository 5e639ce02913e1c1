// What of a container's statistics is the host's.
import CLinux
import Contracts
import Glibc
import Linux

enum HostCounters {
    /// The host's CPU time in nanoseconds; 0 when it can't be read. Only the beginning of the file is read: it may be long.
    static func systemTime() -> UInt64 {
        let descriptor = clinux_open_file("/proc/stat", O_RDONLY, 0)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = max(0, read(descriptor, &bytes, bytes.count))
        return CounterText.systemTime(String(decoding: bytes[..<count].prefix { $0 != 0x0a }, as: UTF8.self))
    }

    static func onlineCPUs() -> UInt32 { UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Bytes.
    static func memory() -> UInt64 { UInt64(clamping: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) }

    /// Of the network namespace that a process is in.
    static func networks(of pid: Int32) -> [String: NetworkCounters]? {
        do throws(Errno) { return CounterText.networks(try SmallFile.text("/proc/\(pid)/net/dev")) } catch { return nil }
    }
}
