// What the engine tells about containers in its events.
import Contracts
import GatewayState
import Models
import RPC

extension ContainerEngine {
    /// Records an event of a container, with its labels, image and name.
    func tell(_ action: String, _ record: ContainerRecord, _ more: [String: String] = [:]) {
        var attributes = record.config.labels ?? [:]
        attributes["image"] = record.config.image
        attributes["name"] = record.name
        attributes.merge(more) { _, new in new }
        store.journal.append(
            EventRecord(time: WallClock.now(), kind: .container, action: action, actorID: record.id, attributes: attributes))
    }

    /// The end of a run, with its cause.
    func tellEnd(_ record: ContainerRecord, _ exit: ExitRecord, wasToldOfMemory: Bool) {
        if exit.outOfMemory, !wasToldOfMemory { tell("oom", record) }
        let seconds = max(0, (exit.finishedAt - exit.startedAt) / 1_000_000_000)
        var attributes = ["exitCode": "\(exit.exitCode)", "execDuration": "\(seconds)"]
        attributes["berth.cause"] = exit.cause?.kind.rawValue
        attributes["berth.signal"] = exit.cause?.signal
        attributes["berth.request"] = exit.cause?.request
        tell("die", record, attributes)
    }

    /// `connect` or `disconnect`, for each network of the container.
    func tellNetworks(_ action: String, _ record: ContainerRecord, _ endpoints: [EndpointRecord]) {
        for endpoint in endpoints {
            store.journal.append(
                EventRecord(
                    time: WallClock.now(), kind: .network, action: action, actorID: endpoint.networkID,
                    attributes: ["container": record.id, "name": endpoint.networkName, "type": endpoint.driver ?? "bridge"]))
        }
    }

    func tellNetwork(_ action: String, _ network: NetworkRecord) {
        store.journal.append(
            EventRecord(
                time: WallClock.now(), kind: .network, action: action, actorID: network.id,
                attributes: ["name": network.name, "type": network.driver]))
    }

    func tell(_ notice: NetworkNotice) {
        var attributes = ["name": notice.networkName, "type": notice.driver, "berth.subnet": notice.subnet, "berth.route": notice.route]
        if !notice.interface.isEmpty { attributes["berth.interface"] = notice.interface }
        store.journal.append(
            EventRecord(time: WallClock.now(), kind: .network, action: "overlap", actorID: notice.networkID, attributes: attributes))
    }

    /// Publishes an event of an image, with the image's labels as long as there is one.
    func tellImage(_ action: String, _ id: String, name: String) async {
        tellImage(action, id, name: name, labels: await labels(ofImage: id))
    }

    func tellImage(_ action: String, _ id: String, name: String, labels: [String: String]) {
        let attributes = labels.merging(name.isEmpty ? [:] : ["name": name]) { $1 }
        store.journal.append(
            EventRecord(time: WallClock.now(), kind: .image, action: action, actorID: id, attributes: attributes))
    }

    /// Empty for an image that isn't there.
    func labels(ofImage name: String) async -> [String: String] {
        guard let image = try? await images.inspect(name, .fresh()) else { return [:] }
        let document = try? imageConfigs.document(of: image)
        return document?.config?.labels ?? [:]
    }

    /// What a prune gave back, in bytes.
    func tellPrune(_ kind: EventRecord.Kind, reclaimed: Int64) {
        store.journal.append(
            EventRecord(time: WallClock.now(), kind: kind, action: "prune", actorID: "", attributes: ["reclaimed": "\(reclaimed)"]))
    }
}
