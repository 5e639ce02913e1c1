// The fields of HostConfig that this engine doesn't honour, and what it says when one of them is set.
import Models

/// One field that isn't honoured. Every field that isn't in this table is.
struct UnsupportedField: Sendable {
    enum Answer: Sendable, Equatable {
        /// The container would be less isolated, or not do what it is for: 400.
        case refuse(String)
        /// It only runs differently: 201 with these words.
        case warn(String)
    }

    var name: String
    var isSet: @Sendable (HostConfig) -> Bool
    var answer: Answer
}

extension UnsupportedField {
    private static func refused(
        _ name: String, _ reason: String, _ isSet: @escaping @Sendable (HostConfig) -> Bool
    ) -> UnsupportedField {
        UnsupportedField(name: name, isSet: isSet, answer: .refuse("HostConfig.\(name) is not supported: \(reason)"))
    }

    private static func discarded(_ name: String, _ isSet: @escaping @Sendable (HostConfig) -> Bool) -> UnsupportedField {
        UnsupportedField(name: name, isSet: isSet, answer: .warn("HostConfig.\(name) is not supported by this engine. Value discarded."))
    }

    static let table: [UnsupportedField] = [
        refused("Capabilities", "use CapAdd and CapDrop") { !($0.capabilities ?? []).isEmpty },
        refused("Cgroup", "use CgroupParent") { !$0.cgroup.isEmpty },
        discarded("KernelMemory") { $0.kernelMemory != 0 },
        discarded("KernelMemoryTCP") { $0.kernelMemoryTCP != 0 },
        discarded("CpuCount") { $0.cpuCount != 0 },
        discarded("CpuPercent") { $0.cpuPercent != 0 },
        discarded("IOMaximumIOps") { $0.ioMaximumIOps != 0 },
        discarded("IOMaximumBandwidth") { $0.ioMaximumBandwidth != 0 },
    ]

    static func check(_ hostConfig: HostConfig, _ report: inout SettingsReport) {
        for field in table where field.isSet(hostConfig) {
            switch field.answer {
            case .refuse(let message): report.fault(message)
            case .warn(let message): report.warn(message)
            }
        }
    }
}
