// A shim's counters in Docker's form. Pure.
import Contracts
import GatewayState
import Models

enum StatsView {
    /// What is told of a container that doesn't run: who it is, and zeros.
    static func empty(_ record: ContainerRecord) -> ContainerStats { ContainerStats(name: "/\(record.name)", id: record.id) }

    /// - Parameter previous: the sample before; nil for the first.
    static func stats(_ record: ContainerRecord, _ sample: StatsSample, previous: StatsSample?) -> ContainerStats {
        var stats = empty(record)
        stats.read = EngineTime(nanoseconds: sample.time)
        stats.cpu = cpu(sample.cpu)
        if let previous {
            stats.previousRead = EngineTime(nanoseconds: previous.time)
            stats.previousCPU = cpu(previous.cpu)
        }
        stats.memory = memory(sample.memory)
        stats.pids.current = sample.pids.current
        stats.pids.limit = sample.pids.limit ?? 0
        stats.blockIO = blockIO(sample)
        stats.networks = (sample.networks ?? [:]).mapValues(network)
        stats.pressure = (sample.pressure ?? [:]).mapValues { ContainerStats.Pressure(some: line($0.some), full: line($0.full)) }
        return stats
    }

    private static func cpu(_ sample: CPUSample) -> ContainerStats.CPU {
        var cpu = ContainerStats.CPU()
        cpu.usage.total = sample.total
        cpu.usage.user = sample.user
        cpu.usage.kernel = sample.kernel
        cpu.usage.perCPU = sample.perCPU ?? []
        cpu.system = sample.system
        cpu.onlineCPUs = UInt64(sample.onlineCPUs)
        cpu.throttling.periods = sample.periods
        cpu.throttling.throttledPeriods = sample.throttledPeriods
        cpu.throttling.throttledTime = sample.throttledTime
        return cpu
    }

    private static func memory(_ sample: MemorySample) -> ContainerStats.Memory {
        var memory = ContainerStats.Memory()
        memory.usage = sample.usage
        memory.maximum = sample.maximum ?? 0
        memory.limit = sample.limit
        memory.failures = sample.failures
        memory.stats = sample.details
        return memory
    }

    /// Version 1 has a list for everything, if an empty one; version 2 has bytes alone.
    private static func blockIO(_ sample: StatsSample) -> ContainerStats.BlockIO {
        var io = ContainerStats.BlockIO()
        io.bytes = sample.io.map(entry)
        guard sample.cgroupVersion == 1 else { return io }
        io.operations = sample.operations.map(entry)
        io.queued = []
        io.serviceTime = []
        io.waitTime = []
        io.merged = []
        io.time = []
        io.sectors = []
        return io
    }

    private static func entry(_ counter: IOCounter) -> ContainerStats.BlockIO.Entry {
        .init(major: counter.major, minor: counter.minor, op: counter.kind, value: counter.value)
    }

    private static func network(_ counters: NetworkCounters) -> ContainerStats.Network {
        var network = ContainerStats.Network()
        network.receivedBytes = counters.receivedBytes
        network.receivedPackets = counters.receivedPackets
        network.receivedErrors = counters.receivedErrors
        network.receivedDropped = counters.receivedDropped
        network.sentBytes = counters.sentBytes
        network.sentPackets = counters.sentPackets
        network.sentErrors = counters.sentErrors
        network.sentDropped = counters.sentDropped
        return network
    }

    private static func line(_ line: PressureSample.Line?) -> ContainerStats.Pressure.Line? {
        line.map { .init(avg10: $0.average10, avg60: $0.average60, avg300: $0.average300, total: $0.total) }
    }
}
