// A device node as a device specification describes it: all of it, or what differs from the host's.
import CLinux
import Contracts
import Linux

extension DeviceNode {
    private static let kinds = ["c": Int32(CLINUX_KIND_CHARACTER), "b": Int32(CLINUX_KIND_BLOCK)]
    private static let prefix = "CDI device injection failed: failed to inject devices: "

    /// The host's node is looked at only for what isn't said.
    init(_ device: DeviceSpec, _ description: DeviceNodeSpec) throws(RuntimeFailure) {
        self.init(device.containerPath, description.major, description.minor)
        (mode, uid, gid) = (description.mode, description.uid, description.gid)
        isDescribed = true
        let wanted = Self.kinds[description.kind]
        if let wanted, description.major != 0 {
            kind = wanted
            return
        }
        let file = try Self.look(at: device.hostPath)
        if let wanted, wanted != file.kind {
            let found = file.kind == Self.kinds["b"] ? "b" : "c"
            throw Self.failure(
                "CDI device (\"\(device.containerPath)\", \"\(device.hostPath)\"), host type mismatch (\(description.kind), \(found))")
        }
        kind = file.kind
        if description.major == 0 { (major, minor) = (file.major, file.minor) }
    }

    private static func look(at path: String) throws(RuntimeFailure) -> clinux_file {
        var file = clinux_file()
        let result = clinux_stat(path, &file)
        guard result == 0, kinds.values.contains(file.kind) else {
            let reason = result == 0 ? "not a device node" : Errno.reason(of: -result)
            throw failure("failed to stat CDI host device \"\(path)\": \(reason)", errno: max(0, -result))
        }
        return file
    }

    private static func failure(_ words: String, errno: Int32 = 0) -> RuntimeFailure {
        RuntimeFailure(step: "devices", errno: errno, message: prefix + words)
    }
}
