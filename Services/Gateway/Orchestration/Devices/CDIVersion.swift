// Versions of device specifications, and what came with which.

enum CDIVersion {
    /// By what came with it, in a specification that has it.
    private static let all: [(version: String, isNeeded: @Sendable (CDISpec) -> Bool)] = [
        ("0.1.0", { _ in false }), ("0.2.0", { _ in false }), ("0.3.0", { _ in true }),
        ("0.4.0", { $0.allEdits.contains { $0.mounts.contains { !$0.type.isEmpty } } }),
        (
            "0.5.0",
            {
                $0.devices.contains { startsWithDigit($0.name) }
                    || $0.allEdits.contains { $0.deviceNodes.contains { !$0.hostPath.isEmpty } }
            }
        ),
        ("0.6.0", { $0.hasAnnotations || $0.devices.contains(where: \.hasAnnotations) || typeHasDots($0.kind) }),
        ("0.7.0", { $0.allEdits.contains { $0.hasIntelRdt || !$0.additionalGids.isEmpty } }),
        ("0.8.0", { _ in false }), ("1.0.0", { _ in false }),
        (
            "1.1.0",
            { $0.allEdits.contains { $0.hasNetDevices || $0.deviceNodes.contains { $0.permissions == CDIDeviceNode.noPermissions } } }
        ),
    ]

    /// Errors: a version that there isn't; one before something that the specification has.
    static func check(_ spec: CDISpec) throws(CDIFault) {
        let own = spec.version.hasPrefix("v") ? String(spec.version.dropFirst()) : spec.version
        guard let index = all.firstIndex(where: { $0.version == own }) else { throw CDIFault("invalid version \"\(spec.version)\"") }
        guard let needed = all.lastIndex(where: { $0.isNeeded(spec) }), needed > index else { return }
        throw CDIFault("the spec version must be at least v\(all[needed].version)")
    }

    private static func startsWithDigit(_ name: String) -> Bool { name.unicodeScalars.first.map { !CDIName.isLetter($0) } ?? false }

    private static func typeHasDots(_ kind: String) -> Bool {
        kind.split(separator: "/", maxSplits: 1).dropFirst().contains { $0.contains(".") }
    }
}

extension CDISpec {
    fileprivate var allEdits: [CDIEdits] { devices.map(\.edits) + [edits] }
}
