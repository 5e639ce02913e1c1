// Fills in what a HostConfig leaves out.
import Contracts
import Glibc
import Models
import RPC

/// Makes a request's `HostConfig` complete. Names of containers are resolved by the caller's function.
struct HostConfigAdaptation {
    static let standardShmSize: Int64 = 64 << 20

    let facts: HostFacts
    /// Full ID of a container given by reference. Errors: notFound.
    let resolve: (String) throws(RPCError) -> String
    /// The network mode of a container given by its ID.
    var networkMode: (String) -> String? = { _ in nil }
    /// What the new container is to be called.
    var name: String?

    func adapt(_ request: HostConfig) throws(RPCError) -> HostConfig {
        var config = request
        LimitSupport.discard(from: &config, facts)
        if config.memory > 0, config.memorySwap == 0 { config.memorySwap = adding(config.memory) }
        if config.memory > 0, !facts.swapLimitSupported { config.memorySwap = -1 }
        if config.shmSize == 0 { config.shmSize = Self.standardShmSize }
        if config.ipcMode.isEmpty { config.ipcMode = "private" }
        if config.cgroupnsMode.isEmpty { config.cgroupnsMode = facts.cgroupVersion == 1 ? "host" : "private" }
        if config.networkMode.isEmpty || config.networkMode == "default" { config.networkMode = "bridge" }
        if config.runtime.isEmpty { config.runtime = ContainerEngine.defaultRuntime }
        if config.restartPolicy.name.isEmpty { config.restartPolicy.name = "no" }
        if config.oomKillDisable == nil { config.oomKillDisable = false }
        config.logConfig = LogOptionsCheck.merged(config.logConfig)
        guard !["container", "container:"].contains(config.networkMode) else {
            throw RPCError(.invalidParameter, "invalid network mode: invalid container format container:<name|id>")
        }
        config.networkMode = try resolved(config.networkMode)
        config.pidMode = try resolved(config.pidMode)
        config.ipcMode = try resolved(config.ipcMode)
        config.links = try links(of: config)
        if let limit = config.pidsLimit, limit <= 0 { config.pidsLimit = nil }
        maskPaths(&config)
        return config
    }

    private func adding(_ memory: Int64) -> Int64 {
        let (swap, overflow) = memory.multipliedReportingOverflow(by: 2)
        return overflow ? -1 : swap
    }

    private func resolved(_ mode: String) throws(RPCError) -> String {
        let prefix = "container:"
        guard mode.hasPrefix(prefix) else { return mode }
        let reference = String(mode.dropFirst(prefix.count))
        do {
            return prefix + (try resolve(reference))
        } catch  where error.code == .notFound {
            guard reference != name else {
                throw RPCError(.invalidParameter, "container \(reference): cannot join own network, IPC or PID namespace")
            }
            // At a create request, clients take notFound for a missing image and set out to pull it.
            throw RPCError(.invalidParameter, error.message, details: error.details)
        }
    }

    private func maskPaths(_ config: inout HostConfig) {
        if config.privileged {
            config.maskedPaths = []
            config.readonlyPaths = []
            return
        }
        if config.maskedPaths == nil { config.maskedPaths = StandardPaths.masked }
        if config.readonlyPaths == nil { config.readonlyPaths = StandardPaths.readonly }
    }
}

/// Paths of `/proc` and `/sys` that tell or change what is the host's.
enum StandardPaths {
    static let masked =
        always + (0..<maximumCPUs).map { "/sys/devices/system/cpu/cpu\($0)/thermal_throttle" }.filter { access($0, F_OK) == 0 }
    private static let maximumCPUs = max(1, sysconf(Int32(_SC_NPROCESSORS_CONF)))
    private static let always = CallScope.maskedPaths.sorted()
    static let readonly = CallScope.readonlyPaths.sorted()
}
