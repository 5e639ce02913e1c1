// What the supervisor tells other commands about its children.
import Contracts
import Foundation
import Persistence

/// The services of a running engine, as kept in the run directory.
struct SupervisorRecord: Codable, Equatable {
    struct Service: Codable, Equatable {
        var name: String
        /// nil while it waits to be started again.
        var pid: Int32?
        var restarts: Int
    }

    var supervisor: Int32
    var services: [Service]

    func write(to layout: EngineLayout) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try AtomicFile.write(encoder.encode(self), to: layout.supervisorRecord, mode: 0o644)
    }

    /// nil when there is none, or none that can be read.
    static func read(from layout: EngineLayout) -> SupervisorRecord? {
        guard let data = FileManager.default.contents(atPath: layout.supervisorRecord) else { return nil }
        return try? JSONDecoder().decode(SupervisorRecord.self, from: data)
    }
}
