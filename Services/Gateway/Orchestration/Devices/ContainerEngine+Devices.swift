// The devices of a container that is being started, and of the host.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Errors: internal for devices that there aren't; notImplemented for what they need and the container can't have.
    func deviceEdits(of record: ContainerRecord, isRestored: Bool) throws(RPCError) -> DeviceEdits {
        let requests = record.hostConfig.deviceRequests ?? []
        guard !requests.isEmpty else { return DeviceEdits() }
        let selection = DeviceSelection(catalog: devices.catalog(), isEnabled: !devices.paths.isEmpty)
        let edits = try DeviceEdits(try selection.edits(for: requests))
        guard let hook = edits.hooks.first else { return edits }
        if record.definition.idMap != nil {
            throw DeviceEdits.unsupported("a createContainer hook (\(hook.path)) with a user namespace of the container's own")
        }
        if isRestored { throw DeviceEdits.unsupported("a createContainer hook (\(hook.path)) with a start from a checkpoint") }
        return edits
    }

    /// Those that can be asked for, and what is wrong with the rest.
    func describeDevices(_ info: inout SystemInfo, _ warnings: inout [String]) {
        let catalog = devices.catalog()
        info.cdiSpecDirs = devices.paths
        info.discoveredDevices = catalog.names.map { DeviceInfo(source: "cdi", id: $0) }
        warnings += catalog.faults.map { "CDI: Error associated with spec file \($0.path): \($0.words)" }
    }
}
