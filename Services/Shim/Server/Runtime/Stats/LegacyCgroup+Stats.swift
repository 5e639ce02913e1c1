// Counters of version 1.
import Contracts
import Glibc

extension LegacyCgroup {
    /// Nanoseconds of one tick of `cpuacct.stat`.
    private static let tick = 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

    func readStats(into sample: inout StatsSample) {
        sample.cgroupVersion = 1
        readCPU(&sample.cpu)
        readMemory(&sample.memory)
        sample.pids.current = CounterText.number(read("pids", "pids.current")) ?? 0
        sample.pids.limit = CounterText.number(read("pids", "pids.max"))
        sample.io = CounterText.legacyIO(firstIO(["blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes"]))
        sample.operations = CounterText.legacyIO(firstIO(["blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced"]))
    }

    private func read(_ controller: String, _ file: String) -> String? { directories[controller]?.read(file) }

    private func firstIO(_ files: [String]) -> String {
        for file in files {
            if let text = read("blkio", file) { return text }
        }
        return ""
    }

    private func readCPU(_ cpu: inout CPUSample) {
        cpu.total = CounterText.number(read("cpuacct", "cpuacct.usage")) ?? 0
        let parts = CounterText.pairs(read("cpuacct", "cpuacct.stat") ?? "")
        cpu.user = (parts["user"] ?? 0) * Self.tick
        cpu.kernel = (parts["system"] ?? 0) * Self.tick
        cpu.perCPU = read("cpuacct", "cpuacct.usage_percpu")?.split(separator: " ").compactMap { UInt64($0) }
        let counters = CounterText.pairs(read("cpu", "cpu.stat") ?? "")
        cpu.periods = counters["nr_periods"] ?? 0
        cpu.throttledPeriods = counters["nr_throttled"] ?? 0
        cpu.throttledTime = counters["throttled_time"] ?? 0
    }

    private func readMemory(_ memory: inout MemorySample) {
        memory.usage = CounterText.number(read("memory", "memory.usage_in_bytes")) ?? 0
        memory.maximum = CounterText.number(read("memory", "memory.max_usage_in_bytes"))
        memory.limit = min(CounterText.number(read("memory", "memory.limit_in_bytes")) ?? .max, memory.limit)
        memory.failures = CounterText.number(read("memory", "memory.failcnt")) ?? 0
        memory.details = CounterText.pairs(read("memory", "memory.stat") ?? "")
    }
}
