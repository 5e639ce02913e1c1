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
    /// `sha256:…` of the image whose files are mounted; nil for other mounts.
    public var imageID: String?
    /// The option `idmap` as it was given; nil without.
    public var idMapping: String?

    public init(
        spec: MountSpec, point: MountPoint?, isAnonymous: Bool = false, needsMount: Bool = false, idMapping: String? = nil
    ) {
        self.spec = spec
        self.point = point
        self.isAnonymous = isAnonymous
        self.needsMount = needsMount
        self.idMapping = idMapping
    }
}

extension ContainerDefinition {
    /// What inspect and list show.
    public var mounts: [MountPoint] { resolvedMounts.compactMap(\.point) }

    /// The IDs of the images that it needs: the one it was made from first, then those whose files it has mounted.
    public var imageIDs: [String] {
        var ids = [imageID]
        for id in resolvedMounts.compactMap(\.imageID) where !ids.contains(id) { ids.append(id) }
        return ids
    }

    /// Names of the volumes that it refers to.
    public var volumes: Set<String> {
        Set(mounts.filter { $0.type == "volume" }.map(\.name))
    }

    /// Names of the volumes that have to be mounted before a start.
    public var volumesToMount: [String] {
        Set(resolvedMounts.filter(\.needsMount).compactMap { $0.point?.name }).sorted()
    }

    /// Names of the volumes that may go with the container.
    public var anonymousVolumes: [String] {
        Set(resolvedMounts.filter(\.isAnonymous).compactMap { $0.point?.name }).sorted()
    }
}
