// deploy/install over an older version, and what its units leave to see.
import Foundation
import TestSupport
import Testing

@Suite struct InstallTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path
    private static let programs = ["berth-gateway", "berth-images", "berth-network", "berth-shim", "berthctl"]

    /// Runs it with small programs, into a directory.
    private func install(_ directory: String) async throws -> CommandResult {
        try await Command(
            "\(Self.root)/deploy/install", ["--bin-dir", "\(directory)/new"], environment: ["DESTDIR": "\(directory)/to"],
            timeout: .seconds(60)
        ).run()
    }

    private func make(_ directory: String) throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/new", withIntermediateDirectories: true)
        let small = try #require(FileManager.default.contents(atPath: "/bin/true"))
        for program in Self.programs {
            let path = "\(directory)/new/\(program)"
            #expect(FileManager.default.createFile(atPath: path, contents: small, attributes: [.posixPermissions: 0o755]))
        }
    }

    @Test func whatFailsOnTheWayLeavesTheOldProgram() async throws {
        let directory = "/tmp/berth-install-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try make(directory)
        let first = try await install(directory)
        #expect(first.code == 0, "\(first)")
        let gateway = "\(directory)/to/usr/local/libexec/berth/berth-gateway"
        let old = try #require(FileManager.default.contents(atPath: gateway))
        // No program: nothing can be stripped from it.
        let broken = try #require(FileHandle(forWritingAtPath: "\(directory)/new/berth-gateway"))
        try broken.write(contentsOf: Data(repeating: 0, count: 100))
        try broken.close()
        let second = try await install(directory)
        #expect(second.code != 0, "\(second)")
        #expect(FileManager.default.contents(atPath: gateway) == old)
        try FileManager.default.removeItem(atPath: "\(directory)/new")
        try make(directory)
        #expect(try await install(directory).code == 0)
        let left = try FileManager.default.subpathsOfDirectory(atPath: "\(directory)/to").filter { $0.hasSuffix(".new") }
        #expect(left == [])
    }

    /// It says whether what is to be bound is there.
    @Test func theGatewaysUnitSeesTheHostsFiles() throws {
        let unit = try String(contentsOfFile: "\(Self.root)/deploy/systemd/berth-gateway.service", encoding: .utf8)
        for setting in ["PrivateTmp", "PrivateDevices", "RootDirectory", "TemporaryFileSystem"] {
            #expect(unit.firstMatch(of: try Regex("(?m)^\(setting)=")) == nil, "\(setting)")
        }
    }

    /// As containers of dockerd have them, since they have what the shim has.
    @Test func theShimsUnitLimitsDescriptors() throws {
        let unit = try String(contentsOfFile: "\(Self.root)/deploy/systemd/berth-shim@.service", encoding: .utf8)
        #expect(unit.contains("\nLimitNOFILE=1024:524288\n"))
    }
}
