// A mount of a container, resolved: what the shim is told and what clients see.
public import Contracts
public import Models

public struct ContainerMount: Codable, Sendable, Equatable {
    public var spec: MountSpec
    /// nil for what inspect doesn't list.
    public var point: MountPoint?
    /// A volume that nobody named: it goes with its last container, if that is removed with its volumes.
    public var isAnonymous: Bool
    /// A volume with options, which is mounted for as long as containers run that use it.
    public var needsMount: Bool

    public init(spec: MountSpec, point: MountPoint?, isAnonymous: Bool = false, needsMount: Bool = false) {
        self.spec = spec
        self.point = point
        self.isAnonymous = isAnonymous
        self.needsMount = needsMount
    }
}

extension ContainerDefinition {
    /// What inspect and list show.
    public var mounts: [MountPoint] { resolvedMounts.compactMap(\.point) }

    /// Names of the volumes that have to be mounted before a start.
    public var volumesToMount: [String] {
        Set(resolvedMounts.filter(\.needsMount).compactMap { $0.point?.name }).sorted()
    }

    /// Names of the volumes that may go with the container.
    public var anonymousVolumes: [String] {
        Set(resolvedMounts.filter(\.isAnonymous).compactMap { $0.point?.name }).sorted()
    }
}
