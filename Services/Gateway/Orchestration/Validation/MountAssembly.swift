// All mounts of a container: its own, those of other containers, and a volume for each path that its image declares.
import Contracts
import GatewayState
import Models
import RPC

/// Puts the mounts together in Docker's order: what a container asks for itself wins over what it takes from others, and both win over
/// what its image declares.
struct MountAssembly {
    private(set) var mounts: [PlannedMount]

    /// - Parameter find: finds a container that `VolumesFrom` names.
    /// Errors: `invalidParameter`; notFound for such a container.
    init(
        _ config: ContainerConfig, _ hostConfig: HostConfig, find: (String) throws(RPCError) -> ContainerRecord
    ) throws(RPCError) {
        var ignored = SettingsReport()
        mounts = MountPlan(hostConfig, &ignored).mounts
        try inherit(hostConfig.volumesFrom ?? [], find)
        declare((config.volumes ?? [:]).keys.sorted(), driver: hostConfig.volumeDriver)
        mounts.sort { MountPlan.isBefore($0.spec, $1.spec) }
    }

    private var destinations: Set<String> { Set(mounts.map(\.spec.destination)) }

    /// A later container's mount replaces an earlier one's.
    private mutating func inherit(
        _ references: [String], _ find: (String) throws(RPCError) -> ContainerRecord
    ) throws(RPCError) {
        let own = destinations
        var inherited: [String: PlannedMount] = [:]
        for text in references {
            let reference = try VolumesFromReference(text)
            for mount in try Self.source(reference.container, find).definition.resolvedMounts where mount.point != nil {
                inherited[mount.spec.destination] = Self.inherited(mount, readonly: reference.readonly)
            }
        }
        mounts += inherited.values.filter { !own.contains($0.spec.destination) }
    }

    /// A container that isn't there is a fault of the request, not a page that isn't found.
    private static func source(_ name: String, _ find: (String) throws(RPCError) -> ContainerRecord) throws(RPCError) -> ContainerRecord {
        do {
            return try find(name)
        } catch  where error.code == .notFound {
            throw RPCError(.invalidParameter, error.message)
        }
    }

    private static func inherited(_ mount: ContainerMount, readonly: Bool) -> PlannedMount {
        var spec = mount.spec
        spec.readonly = spec.readonly || readonly
        var planned = PlannedMount(spec, type: mount.point?.type ?? "", mode: "")
        planned.point?.name = mount.point?.name ?? ""
        planned.image = mount.imageID
        planned.idMapping = mount.idMapping
        guard let point = mount.point, point.type == "volume" else { return planned }
        planned.volume = PlannedVolume(
            name: point.name, driver: point.driver, fill: .none, isAnonymous: mount.isAnonymous, isInherited: true)
        return planned
    }

    private mutating func declare(_ paths: [String], driver: String) {
        for path in paths {
            let destination = PathText.clean(path)
            guard !destinations.contains(destination) else { continue }
            let spec = MountSpec(kind: .bind, destination: destination)
            mounts.append(PlannedMount(spec, type: "volume", mode: "", volume: .anonymous(driver: driver)))
        }
    }
}

/// `container[:mode]`.
struct VolumesFromReference: Equatable {
    var container: String
    var readonly: Bool

    /// Errors: `invalidParameter` in Docker's words.
    init(_ text: String) throws(RPCError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, !first.isEmpty else {
            throw RPCError(.invalidParameter, "malformed volumes-from specification: \"\(text)\"")
        }
        let mode = parts.count == 2 ? parts[1] : "rw"
        guard ["", "rw", "ro", "z", "Z", "ro,z", "ro,Z", "rw,z", "rw,Z", "z,ro", "Z,ro", "z,rw", "Z,rw"].contains(mode) else {
            throw RPCError(.invalidParameter, "invalid mode: \(mode)")
        }
        container = first
        readonly = mode.split(separator: ",").contains("ro")
    }
}
