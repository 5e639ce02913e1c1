// What of the configuration may change while the engine runs. Pure.
import Foundation

extension EngineConfiguration {
    /// Keys that take effect at once.
    static let reloadableKeys: Set<String> = [
        "debug", "labels", "log-level", "registry-mirrors", "insecure-registries", "max-concurrent-downloads", "max-concurrent-uploads",
        "max-download-attempts", "default-shm-size", "default-ipc-mode", "default-cgroupns-mode",
    ]

    /// Takes over what can be; returns the other keys whose values differ, in order.
    public mutating func reload(_ new: EngineConfiguration) -> [String] {
        let changed = differences(from: new).subtracting(Self.reloadableKeys).subtracting(idle.keys).subtracting(new.idle.keys)
        (labels, debug, logLevel) = (new.labels, new.debug, new.logLevel)
        registries.mirrors = new.registries.mirrors
        registries.insecure = new.registries.insecure
        registries.concurrentDownloads = new.registries.concurrentDownloads
        registries.concurrentUploads = new.registries.concurrentUploads
        registries.downloadAttempts = new.registries.downloadAttempts
        containers.shmSize = new.containers.shmSize
        (containers.ipcMode, containers.cgroupnsMode) = (new.containers.ipcMode, new.containers.cgroupnsMode)
        return changed.sorted()
    }

    private func differences(from other: EngineConfiguration) -> Set<String> {
        let (one, two) = (values, other.values)
        return Set(one.keys).union(two.keys).filter { one[$0] != two[$0] }
    }

    /// Each key's value as text.
    private var values: [String: String] {
        guard let data = try? JSONEncoder().encode(self) else { return [:] }
        let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
        return object.mapValues { value in
            let text = try? JSONSerialization.data(withJSONObject: [value], options: .sortedKeys)
            return String(decoding: text ?? Data(), as: UTF8.self)
        }
    }
}
