// The system routes' backend: what the engine and its host are.
import Contracts
import Foundation
import GatewayBackends
import GatewayState
import Glibc
import Models
import RPC
import ServiceKit

extension ContainerEngine: SystemBackend {
    func version(context: RPCContext) async throws -> SystemVersion {
        await actions.time(.host, "system_version") { version }
    }

    private var version: SystemVersion {
        let architecture = HostDescription.goArchitecture(facts.machine)
        let details = [
            "ApiVersion": APIVersion.newest.description, "MinAPIVersion": configuration.oldestVersion.description, "Os": "linux",
            "Arch": architecture, "KernelVersion": facts.kernelVersion, "GitCommit": "", "GoVersion": "",
            "Experimental": "\(configuration.isExperimental)", "BerthVersion": EngineVersion.current,
        ]
        var version = SystemVersion(
            platform: .init(name: "Berth \(EngineVersion.current)"),
            components: [.init(name: "Engine", version: EngineVersion.docker, details: details)],
            version: EngineVersion.docker, minAPIVersion: configuration.oldestVersion, os: "linux", arch: architecture,
            kernelVersion: facts.kernelVersion)
        version.experimental = configuration.isExperimental
        return version
    }

    /// Counts come from memory. The image service is asked for its count alone, and its absence is a warning.
    func info(context: RPCContext) async throws -> SystemInfo {
        await actions.time(.host, "system_info") { await info(context) }
    }

    private func info(_ context: RPCContext) async -> SystemInfo {
        var info = SystemInfo()
        var warnings: [String] = []
        describeEngine(&info)
        describeHost(&info)
        describeLimits(&info, &warnings)
        describeDevices(&info, &warnings)
        count(&info)
        do {
            let bounded = RPCContext(traceID: context.traceID, timeoutNanoseconds: 2_000_000_000)
            info.images = try await images.list(bounded).count
        } catch {
            warnings.append("WARNING: \((error as? RPCError)?.message ?? "\(error)")")
        }
        info.warnings = warnings.isEmpty ? nil : warnings
        return info
    }

    private func count(_ info: inout SystemInfo) {
        let records = store.all
        info.containers = records.count
        info.containersRunning = records.count { $0.state.isActive && !$0.state.isPaused }
        info.containersPaused = records.count { $0.state.isPaused }
        info.containersStopped = records.count { !$0.state.isActive }
        info.nEventsListener = store.journal.subscriberCount
    }

    private func describeEngine(_ info: inout SystemInfo) {
        info.id = store.engineID
        info.driver = Self.storageDriver
        info.driverStatus = [["Backing Filesystem", HostDescription.filesystem(of: layout.root)], ["Supports d_type", "true"]]
        info.dockerRootDir = layout.root
        info.plugins = PluginsInfo(volume: ["local"], network: ["bridge", "host", "null"], log: LogOptionsCheck.drivers)
        info.debug = reloadable.debug
        info.nfd = HostDescription.openDescriptors()
        info.nGoroutines = tasks.count
        info.loggingDriver = configuration.containers.logDriver
        info.cgroupDriver = "cgroupfs"
        info.cgroupVersion = "\(facts.cgroupVersion)"
        info.indexServerAddress = "https://index.docker.io/v1/"
        info.registryConfig = RegistryConfig(reloadable.registries)
        info.labels = reloadable.labels
        info.experimentalBuild = configuration.isExperimental
        info.serverVersion = EngineVersion.docker
        info.runtimes = ["berth": RuntimeInfo(path: "berth-shim"), "runc": RuntimeInfo(path: "berth-shim")]
        info.defaultRuntime = Self.defaultRuntime
        info.liveRestoreEnabled = true
        info.initBinary = "berth-shim"
        info.securityOptions =
            ["name=seccomp,profile=\(configuration.containers.seccompProfile)"] + (userNamespaces.remap == nil ? [] : ["name=userns"])
            + (facts.cgroupVersion == 2 ? ["name=cgroupns"] : [])
        info.defaultAddressPools = configuration.defaultAddressPools.map { AddressPoolInfo(base: $0.base, size: $0.size) }
        info.firewallBackend = FirewallInfo(driver: "nftables")
    }

    private func describeHost(_ info: inout SystemInfo) {
        let release = HostDescription.osRelease()
        info.systemTime = EngineTime(nanoseconds: WallClock.now()).rfc3339
        info.kernelVersion = facts.kernelVersion
        info.operatingSystem = release["PRETTY_NAME"] ?? "Linux"
        info.osVersion = release["VERSION_ID"] ?? ""
        info.osType = "linux"
        info.architecture = facts.machine
        info.ncpu = facts.cpuCount
        info.memTotal = facts.memory
        info.name = facts.hostname
        info.bridgeNfIptables = HostDescription.read("/proc/sys/net/bridge/bridge-nf-call-iptables") == "1"
        info.bridgeNfIp6tables = HostDescription.read("/proc/sys/net/bridge/bridge-nf-call-ip6tables") == "1"
        info.ipv4Forwarding = HostDescription.read("/proc/sys/net/ipv4/ip_forward") == "1"
        let environment = ProcessInfo.processInfo.environment
        info.httpProxy = HostDescription.masked(environment["HTTP_PROXY"] ?? "")
        info.httpsProxy = HostDescription.masked(environment["HTTPS_PROXY"] ?? "")
        info.noProxy = environment["NO_PROXY"] ?? ""
    }

    private func describeLimits(_ info: inout SystemInfo, _ warnings: inout [String]) {
        let controllers = HostDescription.controllers(version: facts.cgroupVersion)
        info.memoryLimit = controllers.contains("memory")
        info.swapLimit = info.memoryLimit && facts.swapLimitSupported
        info.cpuCfsPeriod = controllers.contains("cpu")
        info.cpuCfsQuota = controllers.contains("cpu")
        info.cpuShares = controllers.contains("cpu")
        info.cpuSet = controllers.contains("cpuset")
        info.pidsLimit = controllers.contains("pids")
        info.oomKillDisable = facts.limits.contains(.oomKillDisable)
        let checks = [
            (info.memoryLimit, "memory limit"), (info.swapLimit, "swap limit"), (info.cpuCfsQuota, "cpu cfs quota"),
            (info.cpuSet, "cpuset"), (info.pidsLimit, "pids limit"),
        ]
        for (isSupported, name) in checks where !isSupported { warnings.append("WARNING: No \(name) support") }
        if !info.ipv4Forwarding { warnings.append("WARNING: IPv4 forwarding is disabled") }
    }
}

/// Small facts about the host, read when asked for.
enum HostDescription {
    static func read(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// As Go names it.
    static func goArchitecture(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "armv7l", "armv6l": "arm"
        default: machine
        }
    }

    static func osRelease() -> [String: String] {
        parseRelease(read("/etc/os-release") ?? "")
    }

    static func parseRelease(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1].trimmingCharacters(in: ["\"", "'"]) }
        }
        return values
    }

    static func openDescriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    /// Controllers that are there; of v1, those that are mounted.
    static func controllers(version: Int) -> Set<String> {
        if version == 2 { return Set((read("/sys/fs/cgroup/cgroup.controllers") ?? "").split(separator: " ").map(String.init)) }
        return Set(["memory", "cpu", "cpuset", "pids"].filter { access("/sys/fs/cgroup/\($0)", F_OK) == 0 })
    }

    private static let filesystems = ["ext2": "extfs", "ext3": "extfs", "ext4": "extfs", "overlay": "overlayfs"]

    /// As Docker names it; the type of the mount that holds the path.
    static func filesystem(of path: String) -> String {
        let type = mountType(of: path, (read("/proc/self/mounts") ?? "").split(separator: "\n").map(String.init))
        return type.map { filesystems[$0] ?? $0 } ?? "<unknown>"
    }

    /// - Parameter mounts: lines of `/proc/self/mounts`; of equal points, the later hides the earlier.
    static func mountType(of path: String, _ mounts: [String]) -> String? {
        var best: (point: String, type: String)?
        for words in mounts.map({ $0.split(separator: " ").map(String.init) }) where words.count > 2 {
            let point = words[1]
            guard path == point || path.hasPrefix(point == "/" ? "/" : point + "/") else { continue }
            if best.map({ point.count >= $0.point.count }) ?? true { best = (point, words[2]) }
        }
        return best?.type
    }

    /// A proxy's address without its password.
    static func masked(_ proxy: String) -> String {
        guard let at = proxy.lastIndex(of: "@"), let scheme = proxy.range(of: "://") else { return proxy }
        return proxy[..<scheme.upperBound] + "xxxxx:xxxxx" + proxy[at...]
    }
}
