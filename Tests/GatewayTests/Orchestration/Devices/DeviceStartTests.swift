// A container with requested devices, from its creation to what its shim is told, over fakes.
import Contracts
import Foundation
import GatewayState
import Models
import RPC
import ServiceKit
import Testing

@testable import GatewayOrchestration

@Suite(.timeLimit(.minutes(2)))
struct DeviceStartTests {
    private static let edits = #"""
        {"env":["A=device","B=2"],"deviceNodes":[{"path":"/dev/same"}],"additionalGids":[44],
         "mounts":[{"hostPath":"/lib","containerPath":"/lib"},{"hostPath":"/x","containerPath":"/data"},
                   {"hostPath":"/x","containerPath":"/etc/hosts"}]}
        """#

    private func withEngine(_ edits: String, _ body: (TestEngine) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "berth-devices-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(CDISpecTests.spec("0.7.0", edits: edits).utf8).write(to: URL(filePath: "\(directory)/a.json"))
        var configuration = EngineConfiguration()
        configuration.devices.directories = [directory]
        let test = try TestEngine(configuration)
        try await body(test)
        await test.close()
    }

    private func request(_ device: String) -> DeviceRequest {
        var request = DeviceRequest()
        (request.driver, request.deviceIDs) = ("cdi", [device])
        return request
    }

    @Test func theShimIsToldWhatDevicesAdd() async throws {
        try await withEngine(Self.edits) { test in
            let id = try await test.create { config, host in
                config.env = ["A=own"]
                host.binds = ["/own:/data"]
                host.groupAdd = ["audio"]
                host.devices = ["/dev/same", "/dev/other"].map {
                    DeviceMapping(pathOnHost: "/dev/zero", pathInContainer: $0, cgroupPermissions: "r")
                }
                host.deviceRequests = [request("vendor.com/net=one")]
            }
            try await test.start(id)
            let spec = try #require(test.world.shim(id)?.specification)
            let variables = spec.process.environment.filter { $0.hasPrefix("A=") || $0.hasPrefix("B=") }
            #expect(variables == ["A=device", "B=2"])
            #expect(spec.process.additionalGroups == ["audio", "44"])
            #expect(
                spec.devices == [
                    DeviceSpec(hostPath: "/dev/zero", containerPath: "/dev/other", permissions: "r"),
                    DeviceSpec(hostPath: "/dev/same", containerPath: "/dev/same", node: DeviceNodeSpec()),
                ])
            #expect(spec.mounts.map(\.destination) == ["/data", "/lib", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"])
            #expect(spec.mounts.filter { $0.source == "/x" } == [], "the user's and the engine's own come first")
            #expect(spec.hooks == nil)
        }
    }

    @Test func aPrivilegedContainerGetsThemToo() async throws {
        try await withEngine(Self.edits) { test in
            let id = try await test.create { config, host in
                host.privileged = true
                host.deviceRequests = [request("vendor.com/net=one")]
            }
            try await test.start(id)
            #expect(test.world.shim(id)?.specification?.devices.map(\.containerPath) == ["/dev/same"])
        }
    }

    @Test func aStartWithoutTheDeviceFailsAndLeavesNothing() async throws {
        try await withEngine(Self.edits) { test in
            let id = try await test.create { _, host in host.deviceRequests = [request("vendor.com/net=nosuch")] }
            let error = await #expect(throws: RPCError.self) { try await test.start(id) }
            #expect(error?.message == "CDI device injection failed: unresolvable CDI devices vendor.com/net=nosuch")
            #expect(error?.code == .internalError)
            #expect(try test.record(id).state.exitCode == 128 && test.record(id).state.error == error?.message)
            #expect(test.world.shimIDs.isEmpty && test.world.sandboxes.isEmpty)
            #expect(try test.record(id).hostConfig.deviceRequests?.first?.deviceIDs == ["vendor.com/net=nosuch"])
        }
    }

    @Test func hooksAreHandedOnButNotToARestoredProcess() async throws {
        try await withEngine(#"{"hooks":[{"hookName":"createContainer","path":"/h"}]}"#) { test in
            let id = try await test.create { _, host in host.deviceRequests = [request("vendor.com/net=one")] }
            let record = try test.record(id)
            #expect(try test.engine.deviceEdits(of: record, isRestored: false).hooks == [HookSpec(path: "/h")])
            let error = #expect(throws: RPCError.self) { try test.engine.deviceEdits(of: record, isRestored: true) }
            #expect(error?.code == .notImplemented && error?.message.contains("a createContainer hook (/h)") == true)
            try await test.start(id)
            #expect(test.world.shim(id)?.specification?.hooks == [HookSpec(path: "/h")])
        }
    }

    @Test func infoTellsThem() async throws {
        try await withEngine(Self.edits) { test in
            let info = try await test.engine.info(context: .fresh())
            #expect(info.discoveredDevices == [DeviceInfo(source: "cdi", id: "vendor.com/net=one")])
            #expect(info.cdiSpecDirs == test.engine.configuration.devices.directories)
        }
        var configuration = EngineConfiguration()
        configuration.devices.isOn = false
        let test = try TestEngine(configuration)
        #expect(try await test.engine.info(context: .fresh()).cdiSpecDirs == [])
        await test.close()
    }
}
