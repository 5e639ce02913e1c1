// The registry settings as they are now.
import Synchronization

/// What the configuration said when it was read last, as far as that may change while the service runs.
final class CurrentSettings: Sendable {
    private let settings: Mutex<RegistrySettings>

    init(_ settings: RegistrySettings) { self.settings = Mutex(settings) }

    var value: RegistrySettings { settings.withLock { $0 } }

    func reload(_ new: RegistrySettings) {
        settings.withLock { settings in
            settings.mirrors = new.mirrors
            settings.insecureRegistries = new.insecureRegistries
            settings.concurrentDownloads = new.concurrentDownloads
            settings.concurrentUploads = new.concurrentUploads
            settings.downloadAttempts = new.downloadAttempts
        }
    }
}
