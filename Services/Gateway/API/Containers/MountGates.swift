// What a mount of a create request means by the request's version.
import Models
import RPC

enum MountGates {
    /// Errors: `invalidParameter` for what the version doesn't have, and from 1.42 for options of another type's.
    static func apply(to mount: MountRequest, version: APIVersion) throws -> MountRequest {
        var mount = mount
        try checkOptionsBelong(&mount, version)
        if version < APIVersionGate.privateIPC { mount.bindOptions?.nonRecursive = false }
        if version < APIVersionGate.multiplexedStreams { mount.bindOptions?.createMountpoint = false }
        if version < APIVersionGate.startInterval { try gateReadOnlyBinds(&mount) }
        if version < APIVersionGate.volumeSubpath, mount.volumeOptions?.subpath.isEmpty == false {
            throw RPCError(.invalidParameter, "VolumeOptions.Subpath needs API v1.45 or newer")
        }
        if version < APIVersionGate.imageMounts, mount.type == "image" {
            throw RPCError(.invalidParameter, "Mount type \"Image\" needs API v1.48 or newer")
        }
        return mount
    }

    private static func checkOptionsBelong(_ mount: inout MountRequest, _ version: APIVersion) throws {
        let options: [(name: String, type: String, isSet: Bool)] = [
            ("BindOptions", "bind", mount.bindOptions != nil), ("VolumeOptions", "volume", mount.volumeOptions != nil),
            ("TmpfsOptions", "tmpfs", mount.tmpfsOptions != nil), ("ImageOptions", "image", mount.imageOptions != nil),
        ]
        let strange = options.filter { $0.isSet && $0.type != mount.type }
        guard let first = strange.first else { return }
        guard version < APIVersionGate.multiplexedStreams else {
            throw RPCError(
                .invalidParameter, "invalid mount config for type \"\(mount.type)\": field \(first.name) must not be specified")
        }
        if mount.type != "bind" { mount.bindOptions = nil }
        if mount.type != "volume" { mount.volumeOptions = nil }
        if mount.type != "tmpfs" { mount.tmpfsOptions = nil }
        if mount.type != "image" { mount.imageOptions = nil }
    }

    /// Before 1.44 a read-only bind was read-only at its top only.
    private static func gateReadOnlyBinds(_ mount: inout MountRequest) throws {
        if mount.bindOptions?.readOnlyForceRecursive == true {
            throw RPCError(.invalidParameter, "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer")
        }
        guard mount.type == "bind", mount.readOnly else { return }
        var options = mount.bindOptions ?? MountRequest.BindOptions()
        options.readOnlyNonRecursive = true
        mount.bindOptions = options
    }
}
