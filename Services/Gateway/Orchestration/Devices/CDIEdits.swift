// What a device specification adds to a container: the object `containerEdits`.

/// As it is written; `DeviceEdits` is what the engine makes of it.
struct CDIEdits: Sendable, Equatable {
    /// `KEY=value`
    var env: [String] = []
    var deviceNodes: [CDIDeviceNode] = []
    var mounts: [CDIMount] = []
    var hooks: [CDIHook] = []
    var additionalGids: [UInt32] = []
    var hasIntelRdt = false
    var hasNetDevices = false

    mutating func append(_ other: CDIEdits) {
        env += other.env
        deviceNodes += other.deviceNodes
        mounts += other.mounts
        hooks += other.hooks
        additionalGids += other.additionalGids
        hasIntelRdt = hasIntelRdt || other.hasIntelRdt
        hasNetDevices = hasNetDevices || other.hasNetDevices
    }

    func validate() throws(CDIFault) {
        if let variable = env.first(where: { ($0.firstIndex(of: "=") ?? $0.startIndex) == $0.startIndex }) {
            throw CDIFault("invalid container edits: invalid environment variable \"\(variable)\"")
        }
        for node in deviceNodes { try node.validate() }
        for hook in hooks { try hook.validate() }
        for mount in mounts { try mount.validate() }
    }
}

extension CDIEdits: Decodable {
    private enum Field: String, CodingKey, CaseIterable { case env, deviceNodes, netDevices, hooks, mounts, intelRdt, additionalGids }

    /// Takes any value.
    private struct Present: Decodable {
        init(from decoder: any Decoder) {}
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Field.self)
        env = try fields.value(.env, or: [])
        deviceNodes = try fields.value(.deviceNodes, or: [])
        mounts = try fields.value(.mounts, or: [])
        hooks = try fields.value(.hooks, or: [])
        additionalGids = try fields.value(.additionalGids, or: [])
        hasIntelRdt = try fields.decodeIfPresent(Present.self, forKey: .intelRdt) != nil
        hasNetDevices = try !fields.value(.netDevices, or: [Present]()).isEmpty
    }
}
