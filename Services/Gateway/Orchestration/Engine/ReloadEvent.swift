// The event of a configuration that was read again.
import Foundation
import GatewayState
import Models
import ServiceKit

extension ContainerEngine {
    /// With dockerd's attributes, as far as there is something to say.
    func tellReload(_ configuration: EngineConfiguration) {
        let registries = configuration.registries
        let attributes = [
            "name": facts.hostname, "debug": "\(configuration.debug)", "labels": Self.json(configuration.labels),
            "live-restore": "true", "default-runtime": Self.defaultRuntime, "registry-mirrors": Self.json(registries.mirrors),
            "insecure-registries": Self.json(registries.insecure),
            "max-concurrent-downloads": "\(registries.concurrentDownloads)", "max-concurrent-uploads": "\(registries.concurrentUploads)",
        ]
        store.journal.append(
            EventRecord(time: WallClock.now(), kind: .daemon, action: "reload", actorID: store.engineID, attributes: attributes))
    }

    private static func json(_ values: [String]) -> String {
        (try? JSONEncoder().encode(values)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}
