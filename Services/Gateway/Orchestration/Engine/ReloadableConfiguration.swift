// What of the configuration may change while the engine runs. Pure.
import Foundation
import ServiceKit
import Synchronization

final class ReloadableConfiguration: Sendable {
    /// Keys that take effect at once.
    static let keys: Set<String> = [
        "debug", "labels", "log-level", "registry-mirrors", "insecure-registries", "max-concurrent-downloads", "max-concurrent-uploads",
        "max-download-attempts",
    ]

    private let value: Mutex<EngineConfiguration>

    init(_ configuration: EngineConfiguration) { value = Mutex(configuration) }

    var labels: [String] { value.withLock { $0.labels } }
    /// The image service takes its own part of them over.
    var registries: RegistryConfiguration { value.withLock { $0.registries } }
    var debug: Bool { value.withLock { $0.debug } }

    /// Takes over what can be; returns the other keys that have changed.
    func reload(_ new: EngineConfiguration) -> [String] {
        value.withLock { current in
            let idle = Set(current.idle.keys).union(new.idle.keys)
            let changed = Self.differences(current, new).subtracting(Self.keys).subtracting(idle)
            (current.labels, current.debug, current.logLevel) = (new.labels, new.debug, new.logLevel)
            current.registries.mirrors = new.registries.mirrors
            current.registries.insecure = new.registries.insecure
            current.registries.concurrentDownloads = new.registries.concurrentDownloads
            current.registries.concurrentUploads = new.registries.concurrentUploads
            current.registries.downloadAttempts = new.registries.downloadAttempts
            return changed.sorted()
        }
    }

    /// Keys whose values differ.
    private static func differences(_ first: EngineConfiguration, _ second: EngineConfiguration) -> Set<String> {
        let (one, two) = (values(first), values(second))
        return Set(one.keys).union(two.keys).filter { one[$0] != two[$0] }
    }

    /// Each key's value as text.
    private static func values(_ configuration: EngineConfiguration) -> [String: String] {
        guard let data = try? JSONEncoder().encode(configuration) else { return [:] }
        let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
        return object.mapValues { value in
            let text = try? JSONSerialization.data(withJSONObject: [value], options: .sortedKeys)
            return String(decoding: text ?? Data(), as: UTF8.self)
        }
    }
}
