// What an update's body can name, but a container keeps as it was made.
import Models

enum FixedField {
    private static let table: [(name: String, isSet: @Sendable (HostConfig) -> Bool)] = [
        ("CgroupParent", { !$0.cgroupParent.isEmpty }),
        ("DeviceCgroupRules", { !($0.deviceCgroupRules ?? []).isEmpty }),
        ("Devices", { !($0.devices ?? []).isEmpty }),
        ("DeviceRequests", { !($0.deviceRequests ?? []).isEmpty }),
        ("Init", { $0.`init` != nil }),
        ("OomKillDisable", { $0.oomKillDisable == true }),
        ("Ulimits", { !($0.ulimits ?? []).isEmpty }),
    ]

    /// No update's according to the API, but a user who sends one means it.
    private static let others: [(name: String, isSet: @Sendable (HostConfig) -> Bool)] = [
        ("AutoRemove", { $0.autoRemove }), ("Binds", { !($0.binds ?? []).isEmpty }), ("CapAdd", { !($0.capAdd ?? []).isEmpty }),
        ("CapDrop", { !($0.capDrop ?? []).isEmpty }), ("CgroupnsMode", { !$0.cgroupnsMode.isEmpty }),
        ("Dns", { !($0.dns ?? []).isEmpty }), ("DnsOptions", { !($0.dnsOptions ?? []).isEmpty }),
        ("DnsSearch", { !($0.dnsSearch ?? []).isEmpty }), ("ExtraHosts", { !($0.extraHosts ?? []).isEmpty }),
        ("GroupAdd", { !($0.groupAdd ?? []).isEmpty }), ("IpcMode", { !$0.ipcMode.isEmpty }), ("Links", { !($0.links ?? []).isEmpty }),
        ("LogConfig", { !$0.logConfig.type.isEmpty || !($0.logConfig.config ?? [:]).isEmpty }), ("Mounts", { !$0.mounts.isEmpty }),
        ("NetworkMode", { !$0.networkMode.isEmpty }), ("OomScoreAdj", { $0.oomScoreAdj != 0 }), ("PidMode", { !$0.pidMode.isEmpty }),
        ("Privileged", { $0.privileged }), ("PublishAllPorts", { $0.publishAllPorts }), ("ReadonlyRootfs", { $0.readonlyRootfs }),
        ("Runtime", { !$0.runtime.isEmpty }), ("SecurityOpt", { !($0.securityOpt ?? []).isEmpty }), ("ShmSize", { $0.shmSize != 0 }),
        ("StorageOpt", { !$0.storageOpt.isEmpty }), ("Sysctls", { !$0.sysctls.isEmpty }), ("Tmpfs", { !$0.tmpfs.isEmpty }),
        ("UTSMode", { !$0.utsMode.isEmpty }), ("UsernsMode", { !$0.usernsMode.isEmpty }),
        ("VolumesFrom", { !($0.volumesFrom ?? []).isEmpty }),
    ]

    /// Warns of each that is set.
    static func check(_ change: HostConfig, _ report: inout SettingsReport) {
        for field in table + others where field.isSet(change) {
            report.warn("HostConfig.\(field.name) of a container that has been made can't be changed. Value discarded.")
        }
    }
}
