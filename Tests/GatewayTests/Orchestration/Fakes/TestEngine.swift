// An engine over fakes, with its records in a directory of its own.
import Contracts
import Foundation
import GatewayState
import Logging
import Models
import RPC
import ServiceKit

@testable import GatewayOrchestration

/// A whole engine for a test. `restart` leaves the world as it is and starts another engine on the same records.
final class TestEngine: Sendable {
    let world: FakeWorld
    let engine: ContainerEngine
    private let directory: String

    convenience init(_ configuration: EngineConfiguration = EngineConfiguration()) throws {
        let directory = NSTemporaryDirectory() + "berth-gateway-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try self.init(directory: directory, world: FakeWorld(), configuration)
    }

    private init(directory: String, world: FakeWorld, _ configuration: EngineConfiguration = EngineConfiguration()) throws {
        self.directory = directory
        self.world = world
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        engine = ContainerEngine(
            layout: EngineLayout(root: directory, run: directory), configuration: configuration, facts: .sample,
            store: try ContainerStore(path: directory + "/gateway.db", logger: logger), images: FakeImages(world: world),
            network: FakeNetwork(world: world), shims: FakeShims(world: world), tasks: BackgroundTasks(), logger: logger)
    }

    /// As after a crash: what was running in the gateway is gone, the world isn't told.
    func restarted() async throws -> TestEngine {
        try await engine.store.flush()
        await engine.tasks.close()
        return try TestEngine(directory: directory, world: world)
    }

    func close() async {
        await engine.tasks.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: What tests do most

    func create(_ name: String? = nil, _ change: (inout ContainerConfig, inout HostConfig) -> Void = { _, _ in }) async throws -> String {
        var config = ContainerConfig()
        config.image = "busybox"
        var hostConfig = HostConfig()
        change(&config, &hostConfig)
        return try await engine.create(
            ContainerCreateRequest(config: config, hostConfig: hostConfig), name: name, platform: nil,
            context: .fresh()
        ).id
    }

    func start(_ id: String) async throws { try await engine.start(id, context: .fresh()) }

    func record(_ id: String) throws -> ContainerRecord { try engine.store.find(id) }

    /// Actions of the container events so far, oldest first.
    func actions() async throws -> [String] { try await events(["type": ["container"]]).map(\.action) }

    /// What has been told so far.
    func events(_ filters: [String: [String]] = [:]) async throws -> [EventRecord] {
        let cursor = EventCursor(engine.store.journal, filter: try EventFilter(filters), from: .since(0), until: WallClock.now())
        var events: [EventRecord] = []
        while let event = try await cursor.next() { events.append(event) }
        return events
    }

    /// Waits until an action of a container has been told; false when it isn't for a long time.
    func tells(_ action: String) async throws -> Bool { try await holdsEventually { try await actions().contains(action) } }

    /// Lets what was begun before come to where it waits.
    func pause() async throws {
        var looks = 0
        _ = try await eventually {
            looks += 1
            return looks > 20
        }
    }

    /// Waits until something is so; false when it isn't for a long time.
    func eventually(_ condition: () throws -> Bool) async throws -> Bool { try await holdsEventually { try condition() } }
}

extension HostFacts {
    static let sample = HostFacts(
        hostname: "host", cpuCount: 4, memory: 8 << 30, cgroupVersion: 2, swapLimitSupported: true, kernelVersion: "6.1", machine: "x86_64")
}
