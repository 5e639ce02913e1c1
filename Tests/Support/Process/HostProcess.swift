// Processes of the host by number.
import Glibc

public enum HostProcess {
    /// False for one that has ended, reaped or not.
    public static func exists(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0, let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = fread(&buffer, 1, buffer.count, file)
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        return !(text.split(separator: ")").last?.hasPrefix(" Z") ?? true)
    }
}
