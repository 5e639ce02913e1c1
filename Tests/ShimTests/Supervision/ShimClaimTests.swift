// Who has a container: its directory and socket.
import CLinux
import Contracts
import Foundation
import RPC
import Testing

@testable import ShimServer

@Suite struct ShimClaimTests {
    private func withLayout(_ body: (EngineLayout) throws -> Void) throws {
        let directory = try TemporaryPath.make("claim")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(EngineLayout(root: "\(directory)/l", run: "\(directory)/r"))
    }

    @Test func `A container is held by one, and free again after the release`() throws {
        try withLayout { layout in
            let claim = try ShimClaim.take(layout, containerID: "abc", group: nil)
            let error = #expect(throws: RPCError.self) { try ShimClaim.take(layout, containerID: "abc", group: nil) }
            #expect(error?.code == .conflict)
            _ = try ShimClaim.take(layout, containerID: "def", group: nil)
            claim.release()
            #expect(!FileManager.default.fileExists(atPath: layout.shimDirectory("abc")))
            _ = try ShimClaim.take(layout, containerID: "abc", group: nil)
        }
    }

    @Test func `A dead holder's socket is replaced`() throws {
        try withLayout { layout in
            try FileManager.default.createDirectory(atPath: layout.shimDirectory("abc"), withIntermediateDirectories: true)
            close(clinux_unix_listen(layout.shimSocket(of: "abc"), 0o600, 1))
            #expect(clinux_unix_connect(layout.shimSocket(of: "abc")) == -ECONNREFUSED)
            let claim = try ShimClaim.take(layout, containerID: "abc", group: 12_345)
            let listener = try claim.bind()
            defer { close(listener) }
            let connection = clinux_unix_connect(layout.shimSocket(of: "abc"))
            #expect(connection >= 0)
            close(connection)
            let attributes = try FileManager.default.attributesOfItem(atPath: layout.shimSocket(of: "abc"))
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            #expect(attributes[.groupOwnerAccountID] as? Int == 12_345)
            claim.release()
        }
    }

    @Test(arguments: ["", "..", "a/b", "A", "é", String(repeating: "a", count: 65)])
    func `An ID that could leave the directory is refused`(id: String) throws {
        try withLayout { layout in
            let error = #expect(throws: RPCError.self) { try ShimClaim.take(layout, containerID: id, group: nil) }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test func `Directories are made with their ancestors and removed with their contents, and links aren't followed`() throws {
        try withLayout { layout in
            let path = "\(layout.root)/a/b"
            try Directories.make(path, mode: 0o750)
            try Directories.make(path, mode: 0o700)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o750)
            #expect(try FileManager.default.attributesOfItem(atPath: layout.root)[.posixPermissions] as? Int == 0o711)
            try Directories.make("\(layout.run)/kept", mode: 0o700)
            try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: layout.run)
            try Directories.make("\(path)/c/d", mode: 0o700)
            Directories.remove(path)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(FileManager.default.fileExists(atPath: "\(layout.run)/kept"))
            Directories.remove(path)
        }
    }
}
