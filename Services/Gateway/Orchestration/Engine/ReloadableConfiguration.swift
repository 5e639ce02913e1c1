// The configuration in force, of which a part may change while the engine runs.
import ServiceKit
import Synchronization

final class ReloadableConfiguration: Sendable {
    private let value: Mutex<EngineConfiguration>

    init(_ configuration: EngineConfiguration) { value = Mutex(configuration) }

    var labels: [String] { value.withLock { $0.labels } }
    /// The image service takes its own part of them over.
    var registries: RegistryConfiguration { value.withLock { $0.registries } }
    var containers: EngineConfiguration.ContainerDefaults { value.withLock { $0.containers } }
    var debug: Bool { value.withLock { $0.debug } }

    /// Takes over what can be; returns the other keys that have changed.
    func reload(_ new: EngineConfiguration) -> [String] { value.withLock { $0.reload(new) } }
}
