// Directories of device specifications, and what changes in them.
import Foundation
@testable import GatewayOrchestration
import Logging
import Testing

@Suite struct CDIDirectoriesTests {
    private let directory = NSTemporaryDirectory() + "berth-devices-" + UUID().uuidString
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func write(_ name: String, _ text: String) throws {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func changesAreSeen() throws {
        defer { remove() }
        let directories = CDIDirectories(["\(directory)/low", "\(directory)/high"], logger: logger)
        #expect(directories.catalog().names.isEmpty)
        try write("low/a.json", CDISpecTests.spec(name: "one"))
        try write("low/deeper/b.json", CDISpecTests.spec(name: "deep"))
        try write("low/c.txt", "not one")
        #expect(directories.catalog().names == ["vendor.com/net=one"])
        try write("low/a.json", CDISpecTests.spec(name: "another"))
        #expect(directories.catalog().names == ["vendor.com/net=another"])
        try write("high/a.json", CDISpecTests.spec(name: "another", edits: #"{"env":["HIGH=1"]}"#))
        #expect(try directories.catalog().edits(for: ["vendor.com/net=another"]).env == ["HIGH=1"])
        try FileManager.default.removeItem(atPath: "\(directory)/high")
        #expect(try directories.catalog().edits(for: ["vendor.com/net=another"]).env == ["A=1"])
    }

    @Test func whatCannotBeReadIsNamed() throws {
        defer { remove() }
        try write("a.yaml", "cdiVersion: 0.5.0\n")
        try write("b.json", "[]")
        try FileManager.default.createSymbolicLink(atPath: "\(directory)/c.json", withDestinationPath: "/dev/zero")
        let faults = CDIDirectories([directory], logger: logger).catalog().faults
        #expect(faults.map(\.path) == ["a.yaml", "b.json", "c.json"].map { "\(directory)/\($0)" })
        #expect(faults[0].words.contains("this engine reads no YAML: write it as JSON"))
        #expect(faults[1].words.hasPrefix("failed to load CDI Spec \"\(directory)/b.json\": failed to unmarshal CDI Spec: "))
        #expect(faults[2].words.hasSuffix("not a file of specifications"))
    }
}
