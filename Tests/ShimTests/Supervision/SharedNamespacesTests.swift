// Namespaces of other containers, as far as they can be told from what comes to be at their paths.
import Contracts
import Foundation
import Testing

@testable import ShimServer

@Suite struct SharedNamespacesTests {
    @Test func `One that is gone, or another at its path, isn't there`() throws {
        let directory = try TemporaryPath.make("namespaces")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/ipc"
        func put() { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let spec = NamespaceSpec(ipc: .path(path))
        #expect(!SharedNamespaces(spec).areThere, "nothing was there from the start")
        put()
        let shared = SharedNamespaces(spec)
        #expect(shared.areThere)
        // It keeps its inode from the next one for as long as it has another name.
        try FileManager.default.moveItem(atPath: path, toPath: "\(path)-before")
        #expect(!shared.areThere)
        put()
        #expect(!shared.areThere && SharedNamespaces(spec).areThere)
        #expect(SharedNamespaces(NamespaceSpec()).areThere)
    }

    @Test func `Only paths follow others`() {
        let own = NamespaceSpec(network: .path("/n"), ipc: .path("/proc/7/ns/ipc"))
        let told = NamespaceSpec(network: .own, pid: .path("/proc/8/ns/pid"), ipc: .path("/proc/8/ns/ipc"))
        #expect(own.following(told) == NamespaceSpec(network: .path("/n"), ipc: .path("/proc/8/ns/ipc")))
    }
}
