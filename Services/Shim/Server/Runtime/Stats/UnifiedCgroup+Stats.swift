// Counters of version 2.
import Contracts

extension UnifiedCgroup {
    /// What dockerd tells of `memory.stat`.
    private static let details = [
        "anon", "file", "kernel_stack", "slab", "sock", "shmem", "file_mapped", "file_dirty", "file_writeback", "anon_thp", "inactive_anon",
        "active_anon", "inactive_file", "active_file", "unevictable", "slab_reclaimable", "slab_unreclaimable", "pgfault", "pgmajfault",
        "workingset_refault", "workingset_activate", "workingset_nodereclaim", "pgrefill", "pgscan", "pgsteal", "pgactivate",
        "pgdeactivate", "pglazyfree", "pglazyfreed", "thp_fault_alloc", "thp_collapse_alloc",
    ]
    private static let unlimited = UInt64.max

    func readStats(into sample: inout StatsSample) {
        sample.cgroupVersion = 2
        readCPU(&sample.cpu)
        readMemory(&sample.memory)
        sample.pids.current = CounterText.number(directory.read("pids.current")) ?? 0
        sample.pids.limit = directory.read("pids.max").map { CounterText.number($0) ?? Self.unlimited }
        let io = directory.read("io.stat") ?? ""
        sample.io = CounterText.unifiedIO(io, names: [("rbytes", "read"), ("wbytes", "write")])
        for resource in ["cpu", "memory", "io"] {
            guard let text = directory.read("\(resource).pressure") else { continue }
            sample.pressure = sample.pressure ?? [:]
            sample.pressure?[resource] = CounterText.pressure(text)
        }
    }

    private func readCPU(_ cpu: inout CPUSample) {
        let counters = CounterText.pairs(directory.read("cpu.stat") ?? "")
        func nanoseconds(_ name: String) -> UInt64 { (counters[name] ?? 0) * 1000 }
        cpu.total = nanoseconds("usage_usec")
        cpu.user = nanoseconds("user_usec")
        cpu.kernel = nanoseconds("system_usec")
        cpu.periods = counters["nr_periods"] ?? 0
        cpu.throttledPeriods = counters["nr_throttled"] ?? 0
        cpu.throttledTime = nanoseconds("throttled_usec")
    }

    private func readMemory(_ memory: inout MemorySample) {
        memory.usage = CounterText.number(directory.read("memory.current")) ?? 0
        memory.limit = min(CounterText.number(directory.read("memory.max")) ?? Self.unlimited, memory.limit)
        memory.failures = CounterText.pairs(directory.read("memory.events") ?? "")["oom"] ?? 0
        let counters = CounterText.pairs(directory.read("memory.stat") ?? "")
        for name in Self.details { memory.details[name] = counters[name] }
        // Newer kernels count some of them in two kinds.
        for name in ["workingset_refault", "workingset_activate"] where memory.details[name] == nil {
            guard let anonymous = counters["\(name)_anon"], let file = counters["\(name)_file"] else { continue }
            memory.details[name] = anonymous + file
        }
        if memory.details["slab"] == nil, let part = counters["slab_reclaimable"], let rest = counters["slab_unreclaimable"] {
            memory.details["slab"] = part + rest
        }
    }
}
