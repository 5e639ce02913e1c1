// The resources that an update's body can name, but a container keeps as it was made.
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

    /// Warns of each that is set.
    static func check(_ change: HostConfig, _ report: inout SettingsReport) {
        for field in table where field.isSet(change) {
            report.warn("HostConfig.\(field.name) of a container that has been made can't be changed. Value discarded.")
        }
    }
}
