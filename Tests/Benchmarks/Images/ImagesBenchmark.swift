// `berth-bench images`: bytes of images in and out, on Berth, dockerd and podman in turn.
import ArgumentParser
import Foundation
import TestSupport

struct ImagesBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "Loads, pulls, pushes, saves and copies on Berth, dockerd and podman in turn; tells what the bytes cost at least.",
        discussion: """
            Everything is below /tmp, which is a new ext4 of its own for the time: the host's may be full, or without a journal, and then \
            looks for a long time for an inode that wasn't deleted lately, which each image that is removed makes longer for the next. \
            Programs that are to be measured must lie elsewhere.
            """)

    @OptionGroup var programs: BinaryOptions

    @Option(help: "Megabytes of files in the image.")
    var size = 400

    @Option(name: .customLong("copy-size"), help: "Megabytes that docker cp copies each way.")
    var copySize = 200

    @Option(name: .customLong("small-files"), help: "Files of 2 KiB in the image of small files.")
    var smallFiles = 20_000

    @Option(help: "Measurements of each engine.")
    var rounds = 3

    @Flag(name: .customLong("host-file-system"), help: "Measure on what the host has at /tmp.")
    var usesHostFileSystem = false

    @Option(help: "Measure only these engines.")
    var engines: [EngineSubjectKind] = EngineSubjectKind.allCases

    @Option(help: "Measure only these tasks.")
    var tasks: [ImageTask] = ImageTask.allCases

    func validate() throws {
        guard size > 0, copySize > 0, smallFiles > 0, rounds > 0 else { throw ValidationError("all numbers must be positive") }
    }

    func run() async throws {
        if !usesHostFileSystem { try OwnFileSystem.enter(adding: "--host-file-system") }
        let directory = "/tmp/berth-bench-images-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let material = try await ImageMaterial.make(in: directory, size: size, copySize: copySize, smallFiles: smallFiles)
        print(material.description)
        print(try await ImageFloor.measure(material))
        var subjects: [EngineSubject] = []
        do {
            for kind in engines { try await start(kind, directory, &subjects) }
            let table = try await measure(subjects, material)
            for subject in subjects { try await subject.stop() }
            table.print()
        } catch {
            for subject in subjects { try? await subject.stop() }
            throw error
        }
    }

    private func start(_ kind: EngineSubjectKind, _ directory: String, _ subjects: inout [EngineSubject]) async throws {
        if let subject = try await EngineSubject.start(kind, binaries: programs.directory, directory: directory) {
            subjects.append(subject)
        } else {
            print("\(kind.rawValue) is missing on this host: not measured")
        }
    }

    private func measure(_ subjects: [EngineSubject], _ material: ImageMaterial) async throws -> ImageTable {
        try await RegistryUnderTest.with { registry in
            try await material.seed(registry.address)
            var table = ImageTable(engines: subjects.map(\.name), tasks: tasks, material: material)
            for _ in 0..<rounds {
                let round = ImageRound(material: material, registry: registry.address, tasks: tasks)
                try await round.run(subjects, &table)
            }
            return table
        }
    }
}
