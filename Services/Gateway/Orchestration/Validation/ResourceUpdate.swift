// How an update changes what a container may use. Pure.
import Models
import RPC

struct ResourceUpdate {
    /// What isn't set stays as it is.
    let change: HostConfig

    /// Errors: conflict and `invalidParameter`, in dockerd's words.
    func applied(to current: HostConfig) throws(RPCError) -> HostConfig {
        try checkProcessors(current)
        try checkMemory(current)
        var config = current
        func set<Value: Equatable>(_ field: WritableKeyPath<HostConfig, Value>, unless nothing: Value) {
            if change[keyPath: field] != nothing { config[keyPath: field] = change[keyPath: field] }
        }
        set(\.cpuShares, unless: 0)
        set(\.nanoCPUs, unless: 0)
        set(\.cpuPeriod, unless: 0)
        set(\.cpuQuota, unless: 0)
        set(\.cpusetCpus, unless: "")
        set(\.cpusetMems, unless: "")
        set(\.memory, unless: 0)
        set(\.memorySwap, unless: 0)
        set(\.memoryReservation, unless: 0)
        set(\.blkioWeight, unless: 0)
        set(\.blkioWeightDevice, unless: nil)
        set(\.blkioDeviceReadBps, unless: nil)
        set(\.blkioDeviceWriteBps, unless: nil)
        set(\.blkioDeviceReadIOps, unless: nil)
        set(\.blkioDeviceWriteIOps, unless: nil)
        set(\.cpuRealtimePeriod, unless: 0)
        set(\.cpuRealtimeRuntime, unless: 0)
        set(\.memorySwappiness, unless: nil)
        set(\.pidsLimit, unless: nil)
        guard !change.restartPolicy.name.isEmpty else { return config }
        guard !current.autoRemove || change.restartPolicy.name == "no" else {
            throw RPCError(.conflict, "Restart policy cannot be updated because AutoRemove is enabled for the container")
        }
        config.restartPolicy = change.restartPolicy
        return config
    }

    private func checkProcessors(_ current: HostConfig) throws(RPCError) {
        func refuse(_ what: String, _ other: String) throws(RPCError) {
            throw RPCError(.conflict, "Conflicting options: \(what) cannot be updated as \(other) has already been set")
        }
        if change.nanoCPUs > 0, current.cpuPeriod > 0 { try refuse("Nano CPUs", "CPU Period") }
        if change.nanoCPUs > 0, current.cpuQuota > 0 { try refuse("Nano CPUs", "CPU Quota") }
        if change.cpuPeriod > 0, current.nanoCPUs > 0 { try refuse("CPU Period", "NanoCPUs") }
        if change.cpuQuota > 0, current.nanoCPUs > 0 { try refuse("CPU Quota", "NanoCPUs") }
    }

    /// Unlimited swap is never too little.
    private func checkMemory(_ current: HostConfig) throws(RPCError) {
        if change.memorySwap > 0, change.memory == 0 {
            guard current.memory > 0 else {
                throw RPCError(.invalidParameter, "You should always set the Memory limit when using Memoryswap limit, see usage")
            }
            guard change.memorySwap >= current.memory else {
                throw RPCError(.invalidParameter, "Minimum memoryswap limit should be larger than memory limit, see usage")
            }
        }
        guard change.memory > 0, change.memorySwap == 0, current.memorySwap >= 0, change.memory > current.memorySwap else { return }
        throw RPCError(
            .conflict,
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time")
    }
}
