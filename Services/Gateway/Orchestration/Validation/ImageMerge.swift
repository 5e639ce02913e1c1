// How a create request takes from its image what it leaves out.
import Models
import RPC

/// Merges the image's configuration into the request's. The request wins.
enum ImageMerge {
    /// Errors: `invalidParameter` when there is nothing to execute.
    static func merge(_ request: ContainerConfig, image: ImageRunConfig?) throws(RPCError) -> ContainerConfig {
        var config = request
        if let image {
            mergeScalars(&config, image)
            mergeCommand(&config, image)
            mergeCollections(&config, image)
            mergeHealthcheck(&config, image)
        }
        if config.volumes?.isEmpty == true { config.volumes = nil }
        if (config.entrypoint ?? []).isEmpty, (config.cmd ?? []).isEmpty {
            throw RPCError(.invalidParameter, "no command specified")
        }
        return config
    }

    private static func mergeScalars(_ config: inout ContainerConfig, _ image: ImageRunConfig) {
        if config.user.isEmpty { config.user = image.user }
        if config.workingDir.hasPrefix("/") { config.workingDir = PathText.clean(config.workingDir) }
        if config.workingDir.isEmpty { config.workingDir = image.workingDir }
        if config.stopSignal.isEmpty { config.stopSignal = image.stopSignal }
        if config.shell == nil { config.shell = image.shell }
    }

    /// The image's command goes with the image's entrypoint: it is taken only if the request has neither.
    /// `[""]` resets the entrypoint, and so does `[]`.
    private static func mergeCommand(_ config: inout ContainerConfig, _ image: ImageRunConfig) {
        if config.entrypoint == nil {
            if (config.cmd ?? []).isEmpty { config.cmd = image.cmd }
            config.entrypoint = image.entrypoint
        } else if config.entrypoint == [""] || config.entrypoint == [] {
            config.entrypoint = nil
        }
    }

    private static func mergeCollections(_ config: inout ContainerConfig, _ image: ImageRunConfig) {
        config.exposedPorts = written(config.exposedPorts).merging(written(image.exposedPorts)) { own, _ in own }
        config.labels = image.labels.merging(config.labels ?? [:]) { _, own in own }
        config.volumes = image.volumes.merging(config.volumes ?? [:]) { _, own in own }
        guard config.env != nil || !image.env.isEmpty else { return }
        var environment = EnvironmentList(config.env ?? [])
        environment.fill(image.env)
        config.env = environment.entries
    }

    /// Single ports as Docker writes them: `80` and `80/tcp` are one port, not two to be shown and published.
    private static func written(_ ports: [String: EmptyObject]) -> [String: EmptyObject] {
        let pairs = ports.map { text, value in
            let specification = PortSpecification(text)
            return (specification.flatMap { $0.ports.count == 1 ? PortSpecification.key($0.first, $0.transport) : nil } ?? text, value)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func mergeHealthcheck(_ config: inout ContainerConfig, _ image: ImageRunConfig) {
        guard let theirs = image.healthcheck else { return }
        guard var own = config.healthcheck else {
            config.healthcheck = theirs
            return
        }
        if (own.test ?? []).isEmpty { own.test = theirs.test }
        if own.interval == 0 { own.interval = theirs.interval }
        if own.timeout == 0 { own.timeout = theirs.timeout }
        if own.startPeriod == 0 { own.startPeriod = theirs.startPeriod }
        if own.startInterval == 0 { own.startInterval = theirs.startInterval }
        if own.retries == 0 { own.retries = theirs.retries }
        config.healthcheck = own
    }
}
