// What the gateway takes of the host, under the names that every Prometheus client has for it.
import Glibc

/// What this process uses, as `/proc` tells it.
struct ProcessUsage: Sendable, Equatable {
    /// Seconds of processors' time.
    var processorTime: Double
    /// Seconds since 1970.
    var startTime: Double
    /// Bytes.
    var virtualMemory: Int64
    var residentMemory: Int64
    var openDescriptors: Int
    /// nil for none.
    var descriptorLimit: Int?

    /// nil where the kernel doesn't tell.
    static func current() -> ProcessUsage? {
        guard let status = HostDescription.read("/proc/self/stat"), let host = HostDescription.read("/proc/stat") else { return nil }
        return ProcessUsage(
            status: status, host: host, ticks: Double(sysconf(Int32(_SC_CLK_TCK))), page: Int64(getpagesize()),
            openDescriptors: HostDescription.openDescriptors(), limits: HostDescription.read("/proc/self/limits") ?? "")
    }

    /// - Parameters:
    ///   - status: `/proc/self/stat`, whose second word is in parentheses and may have anything in it.
    ///   - host: `/proc/stat`, with the time of the boot.
    ///   - ticks: of the kernel in a second.
    init?(status: String, host: String, ticks: Double, page: Int64, openDescriptors: Int, limits: String) {
        let words = status.split(separator: ")").last?.split(separator: " ").map(String.init) ?? []
        let boot = host.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        guard words.count > 21, let user = Double(words[11]), let system = Double(words[12]), let begin = Double(words[19]),
            let virtual = Int64(words[20]), let resident = Int64(words[21]), let boot, let boot = Double(boot), ticks > 0
        else { return nil }
        processorTime = (user + system) / ticks
        startTime = boot + begin / ticks
        (virtualMemory, residentMemory) = (virtual, resident * page)
        self.openDescriptors = openDescriptors
        let limit = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        descriptorLimit = limit.flatMap { $0.split(separator: " ").dropFirst(3).first }.flatMap { Int($0) }
    }

    func describe(_ text: inout MetricsText) {
        text.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", processorTime)
        text.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", [("", startTime)])
        text.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", [("", Double(virtualMemory))])
        text.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", [("", Double(residentMemory))])
        text.gauge("process_open_fds", "Number of open file descriptors.", [("", Double(openDescriptors))])
        if let descriptorLimit {
            text.gauge("process_max_fds", "Maximum number of open file descriptors.", [("", Double(descriptorLimit))])
        }
    }
}
