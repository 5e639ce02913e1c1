// All that the Engine API needs of the engine.
import Models

/// The backends of the routes, one a noun.
public struct EngineBackends: Sendable {
    public let containers: any ContainerBackend
    public let execs: any ExecBackend
    public let files: any FileBackend
    public let imageData: any ImageDataBackend
    public let images: any ImageBackend
    public let networks: any NetworkBackend
    public let volumes: any VolumeBackend
    public let system: any SystemBackend
    public let events: any EventBackend
    /// nil unless experiments are on.
    public let checkpoints: (any CheckpointBackend)?
    /// Requests for an older version are refused.
    public let oldestVersion: APIVersion

    public init(
        containers: any ContainerBackend, execs: any ExecBackend, images: any ImageBackend, networks: any NetworkBackend,
        volumes: any VolumeBackend, files: any FileBackend, imageData: any ImageDataBackend,
        system: any SystemBackend, events: any EventBackend, checkpoints: (any CheckpointBackend)? = nil,
        oldestVersion: APIVersion = .oldest
    ) {
        self.oldestVersion = oldestVersion
        self.checkpoints = checkpoints
        self.containers = containers
        self.execs = execs
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.files = files
        self.imageData = imageData
        self.system = system
        self.events = events
    }
}
