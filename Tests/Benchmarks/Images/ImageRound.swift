// One round: every task on every engine, the engines taking turns within each task.
import TestSupport

struct ImageRound: Sendable {
    let material: ImageMaterial
    /// The address of the registry that has the image.
    let registry: String
    let tasks: [ImageTask]

    private static let container = "bench"
    private var source: String { "\(registry)/bench:latest" }

    func run(_ subjects: [EngineSubject], _ table: inout ImageTable) async throws {
        for task in [ImageTask.loadPlain, .loadGzip, .loadGzipArchive, .loadSmall, .pull] where tasks.contains(task) {
            for subject in subjects {
                do {
                    table.add(try await measure(subject) { try await bringIn(task, $0) }, task, subject.name)
                } catch let failure as CommandFailure {
                    table.refused(task, subject.name, failure)
                    continue
                }
                try await subject.run(["rmi", "-f", reference(task)])
            }
        }
        for task in [ImageTask.push, .save] where tasks.contains(task) {
            for subject in subjects { try await withImage(subject) { table.add(try await sendOut(task, subject), task, subject.name) } }
        }
        guard tasks.contains(.copyIn) || tasks.contains(.copyOut) else { return }
        for subject in subjects { try await withImage(subject) { try await copy(subject, &table) } }
    }

    private func reference(_ task: ImageTask) -> String {
        switch task {
        case .loadSmall: ImageMaterial.smallName
        case .pull: source
        default: ImageMaterial.name
        }
    }

    private func bringIn(_ task: ImageTask, _ subject: EngineSubject) async throws {
        switch task {
        case .loadPlain: try await subject.run(["load", "-i", material.plainArchive])
        case .loadGzip: try await subject.run(["load", "-i", material.gzipArchive])
        case .loadGzipArchive: try await subject.run(["load", "-i", material.compressedArchive])
        case .loadSmall: try await subject.run(["load", "-i", material.smallArchive])
        default: try await subject.run(["pull", source], touchesRegistry: true)
        }
    }

    private func withImage(_ subject: EngineSubject, _ body: () async throws -> Void) async throws {
        try await subject.run(["load", "-i", material.gzipArchive])
        try await body()
        try await subject.run(["rmi", "-f", ImageMaterial.name])
    }

    /// A push goes to a registry that has nothing yet.
    private func sendOut(_ task: ImageTask, _ subject: EngineSubject) async throws -> ImageSample {
        if task == .save {
            return try await measure(subject) { try await $0.run(["save", "-o", "\(material.directory)/saved", ImageMaterial.name]) }
        }
        return try await RegistryUnderTest.with { empty in
            let target = "\(empty.address)/bench:latest"
            try await subject.run(["tag", ImageMaterial.name, target])
            let sample = try await measure(subject) { try await $0.run(["push", target], touchesRegistry: true) }
            try await subject.run(["rmi", target])
            return sample
        }
    }

    private func copy(_ subject: EngineSubject, _ table: inout ImageTable) async throws {
        try await subject.run(["create", "--name", Self.container, ImageMaterial.name, "true"])
        let sample = try await measure(subject) { try await $0.run(["cp", material.payload, "\(Self.container):/payload"]) }
        table.add(sample, .copyIn, subject.name)
        let target = "\(material.directory)/copied"
        table.add(
            try await measure(subject) { try await $0.run(["cp", "\(Self.container):/payload", target]) }, .copyOut, subject.name)
        _ = try await Command("/bin/rm", ["-rf", target]).run()
        try await subject.run(["rm", "-f", Self.container])
    }

    private func measure(_ subject: EngineSubject, _ body: (EngineSubject) async throws -> Void) async throws -> ImageSample {
        _ = try await Command("/bin/rm", ["-f", "\(material.directory)/saved"]).run()
        try await subject.settle()
        subject.resetPeak()
        let cpu = try subject.meter.milliseconds()
        let start = ContinuousClock.now
        try await body(subject)
        let wall = start.duration(to: .now).milliseconds
        try await subject.synchronize()
        return ImageSample(
            wall: wall / 1e3, durable: start.duration(to: .now).milliseconds / 1e3,
            cpu: (try subject.meter.milliseconds() - cpu) / 1e3, peak: subject.peak())
    }
}
