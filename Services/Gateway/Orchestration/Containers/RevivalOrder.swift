// Which containers wait for which when an engine starts them again after a boot. Pure.
import GatewayState
import Models

/// What Compose wrote down of its services' dependencies, and what containers share with each other or are linked to.
struct RevivalOrder: Sendable {
    enum Condition: Sendable, Equatable {
        case started, healthy, completed

        /// Reads a condition as Compose names it.
        fileprivate init(_ word: Substring?) {
            switch word {
            case "service_healthy": self = .healthy
            case "service_completed_successfully": self = .completed
            default: self = .started
            }
        }
    }

    struct Dependency: Sendable, Equatable {
        let id: String
        let condition: Condition
    }

    private static let project = "com.docker.compose.project"
    private static let service = "com.docker.compose.service"
    private static let dependsOn = "com.docker.compose.depends_on"

    private var dependencies: [String: [Dependency]] = [:]

    /// - Parameter records: the containers that are started; others are waited for by none.
    init(_ records: [ContainerRecord]) {
        let ids = Dictionary(records.flatMap { [($0.id, $0.id), ($0.name, $0.id)] }) { first, _ in first }
        var services: [String: [String]] = [:]
        for record in records {
            guard let service = Self.label(Self.service, record) else { continue }
            services[Self.key(service, of: record), default: []].append(record.id)
        }
        for record in records.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
            let composed = Self.services(record).flatMap { name, condition in
                (services[Self.key(name, of: record)] ?? []).map { Dependency(id: $0, condition: condition) }
            }
            let shared = Self.donors(record).compactMap { ids[$0] }.map { Dependency(id: $0, condition: .started) }
            // What would go round in a circle is left out.
            let all = (composed + shared).filter { $0.id != record.id && !reaches(record.id, from: $0.id) }
            if !all.isEmpty { dependencies[record.id] = all }
        }
    }

    /// What has to be so before a container is started.
    func dependencies(of id: String) -> [Dependency] { dependencies[id] ?? [] }

    private func reaches(_ id: String, from other: String) -> Bool {
        var seen: Set<String> = []
        var next = [other]
        while let current = next.popLast() {
            if current == id { return true }
            guard seen.insert(current).inserted else { continue }
            next += dependencies(of: current).map(\.id)
        }
        return false
    }

    /// `db:service_healthy:false,cache:service_started:true`; the oldest Compose wrote names alone.
    private static func services(_ record: ContainerRecord) -> [(String, Condition)] {
        (label(dependsOn, record) ?? "").split(separator: ",").compactMap { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let name = parts.first?.filter({ $0 != " " }), !name.isEmpty else { return nil }
            return (name, Condition(parts.dropFirst().first))
        }
    }

    private static func donors(_ record: ContainerRecord) -> [String] {
        let host = record.hostConfig
        let modes = [host.networkMode, host.pidMode, host.ipcMode].filter { $0.hasPrefix(ContainerEngine.containerPrefix) }
        let links = (host.links ?? []).compactMap { try? LinkText($0).container }
        return modes.map { String($0.dropFirst(ContainerEngine.containerPrefix.count)) } + links
    }

    private static func key(_ service: String, of record: ContainerRecord) -> String { "\(label(project, record) ?? "")/\(service)" }
    private static func label(_ name: String, _ record: ContainerRecord) -> String? { record.config.labels?[name] }
}
