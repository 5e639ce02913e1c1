// What a create request means by its version.
import Models
import RPC
import Testing

@testable import GatewayAPI

@Suite("Create by version") struct CreateGateTests {
    /// A request in the making, and what became of it.
    private struct Draft {
        var config = ContainerConfig()
        var host = HostConfig()
        var endpoints: [String: EndpointSettings?] = [:]
        var warnings: [String] = []
    }

    private func gated(_ version: APIVersion, _ change: (inout Draft) -> Void) throws -> Draft {
        var draft = Draft()
        draft.config.image = "busybox"
        change(&draft)
        let request = ContainerCreateRequest(
            config: draft.config, hostConfig: draft.host, networkingConfig: NetworkingConfig(endpointsConfig: draft.endpoints))
        let result = try ContainerCreateGates.apply(to: request, version: version)
        return Draft(
            config: try #require(result.request.config), host: try #require(result.request.hostConfig),
            endpoints: try #require(result.request.networkingConfig?.endpointsConfig), warnings: result.warnings)
    }

    private func refusal(_ version: APIVersion, _ change: (inout Draft) -> Void) -> String? {
        do {
            _ = try gated(version, change)
            return nil
        } catch {
            return (error as? RPCError)?.message
        }
    }

    @Test func aRequestWithoutAHostConfigurationGetsTheDefaultNetwork() throws {
        let result = try ContainerCreateGates.apply(to: ContainerCreateRequest(config: ContainerConfig()), version: .newest)
        #expect(result.request.hostConfig?.networkMode == "bridge")
        #expect(result.warnings.isEmpty)
    }

    @Test(arguments: ["", "default"]) func theDefaultModeRenamesItsEndpoint(_ mode: String) throws {
        var wish = EndpointSettings()
        wish.aliases = ["a"]
        let result = try gated(.newest) {
            $0.host.networkMode = mode
            $0.endpoints["default"] = wish
        }
        #expect(result.host.networkMode == "bridge")
        #expect(result.endpoints.keys.sorted() == ["bridge"])
        #expect(result.endpoints["bridge"]??.aliases == ["a"])
    }

    /// From 1.48 on; before, clients said so themselves.
    @Test(arguments: [(48, "", 1), (48, "own", 0), (47, "", 0)])
    func aDriverOfTheWholeContainerIsNotThatOfItsMounts(minor: Int, own: String, warnings: Int) throws {
        var mount = MountRequest()
        (mount.type, mount.source, mount.target) = ("volume", "v", "/v")
        mount.volumeOptions = MountRequest.VolumeOptions()
        mount.volumeOptions?.driverConfig = MountRequest.DriverConfig()
        mount.volumeOptions?.driverConfig?.name = own
        let result = try gated(APIVersion(1, minor)) {
            $0.host.volumeDriver = "local"
            $0.host.mounts = [mount]
        }
        #expect(result.warnings.count == warnings && result.warnings.allSatisfy { $0.contains("volume-driver configuration is ignored") })
    }

    @Test(arguments: [(1, 2), (300_000, 262_144), (512, 512), (0, 0)] as [(Int64, Int64)])
    func cpuSharesAreClampedBefore119(_ asked: Int64, _ given: Int64) throws {
        #expect(try gated(APIVersion(1, 18)) { $0.host.cpuShares = asked }.host.cpuShares == given)
        #expect(try gated(APIVersion(1, 19)) { $0.host.cpuShares = asked }.host.cpuShares == asked)
    }

    @Test func removalAtExitIsTheClientsBefore125() throws {
        #expect(try gated(APIVersion(1, 24)) { $0.host.autoRemove = true }.host.autoRemove == false)
        #expect(try gated(APIVersion(1, 25)) { $0.host.autoRemove = true }.host.autoRemove)
    }

    @Test func oldDefaultsAreKept() throws {
        #expect(try gated(APIVersion(1, 39)) { _ in }.host.ipcMode == "shareable")
        #expect(try gated(APIVersion(1, 40)) { _ in }.host.ipcMode == "")
        let size = ConsoleSize(rows: 2, columns: 3)
        #expect(try gated(APIVersion(1, 41)) { $0.host.consoleSize = size }.host.consoleSize == .zeroValue)
        #expect(try gated(APIVersion(1, 42)) { $0.host.consoleSize = size }.host.consoleSize == size)
        #expect(try gated(APIVersion(1, 41)) { $0.host.kernelMemory = 1 }.host.kernelMemory == 1)
        #expect(try gated(APIVersion(1, 42)) { $0.host.kernelMemory = 1 }.host.kernelMemory == 0)
        #expect(try gated(APIVersion(1, 42)) { $0.host.annotations = ["a": "b"] }.host.annotations.isEmpty)
        #expect(try gated(APIVersion(1, 43)) { $0.host.annotations = ["a": "b"] }.host.annotations == ["a": "b"])
        #expect(try gated(APIVersion(1, 51)) { $0.host.kernelMemoryTCP = 1 }.host.kernelMemoryTCP == 1)
        #expect(try gated(APIVersion(1, 52)) { $0.host.kernelMemoryTCP = 1 }.host.kernelMemoryTCP == 0)
    }

    @Test func fieldsThatAreGoneAreTold() throws {
        func warnings(_ version: APIVersion) throws -> [String] {
            var host = HostConfig()
            host.kernelMemory = 1
            host.kernelMemoryTCP = 1
            host.capabilities = ["ALL"]
            let request = ContainerCreateRequest(config: ContainerConfig(), hostConfig: host)
            return try ContainerCreateGates.apply(to: request, version: version).warnings
        }
        #expect(try warnings(APIVersion(1, 41)).count == 1)
        #expect(
            try warnings(APIVersion(1, 52))
                == ["Capabilities", "KernelMemory", "KernelMemoryTCP"].map {
                    "HostConfig.\($0) is no field of API v1.52. Value discarded."
                })
    }

    @Test func aStartIntervalNeeds144() throws {
        var health = HealthConfig()
        health.startInterval = 5
        #expect(try gated(APIVersion(1, 43)) { $0.config.healthcheck = health }.config.healthcheck?.startInterval == 0)
        #expect(try gated(APIVersion(1, 44)) { $0.config.healthcheck = health }.config.healthcheck?.startInterval == 5)
    }

    @Test func capabilitiesAreRefusedIn140AndUnknownElsewhere() throws {
        #expect(refusal(APIVersion(1, 40)) { $0.host.capabilities = ["ALL"] } != nil)
        #expect(refusal(APIVersion(1, 40)) { $0.host.capabilities = [] } == nil)
        #expect(try gated(APIVersion(1, 41)) { $0.host.capabilities = ["ALL"] }.host.capabilities == nil)
    }

    @Test func severalEndpointsNeed144() throws {
        let two: [String: EndpointSettings?] = ["b": EndpointSettings(), "a": EndpointSettings()]
        #expect(throws: RPCError(.invalidParameter, "Container cannot be created with multiple network endpoints: a, b")) {
            try gated(APIVersion(1, 43)) { $0.endpoints = two }
        }
        #expect(try gated(APIVersion(1, 44)) { $0.endpoints = two }.endpoints.count == 2)
        #expect(throws: RPCError(.invalidParameter, "no EndpointSettings for b")) {
            try gated(APIVersion(1, 44)) { $0.endpoints = ["a": EndpointSettings(), "b": nil] }
        }
    }

    @Test func gatewayPrioritiesNeed148() throws {
        var endpoint = EndpointSettings()
        endpoint.gwPriority = 3
        #expect(try gated(APIVersion(1, 47)) { $0.endpoints["n"] = endpoint }.endpoints["n"]??.gwPriority == 0)
        #expect(try gated(APIVersion(1, 48)) { $0.endpoints["n"] = endpoint }.endpoints["n"]??.gwPriority == 3)
    }

    @Test func emptyBindingsBecomeEphemeralAndAreWarnedOfFrom152() throws {
        for (version, warnings) in [(APIVersion(1, 51), 0), (.newest, 1)] {
            let bindings: PortMap = ["80/tcp": nil, "81/tcp": [], "82/tcp": [HostPort(hostIP: "", hostPort: "9")]]
            let result = try gated(version) { $0.host.portBindings = bindings }
            #expect(result.host.portBindings?["80/tcp"] == [HostPort(hostIP: "", hostPort: "")])
            #expect(result.host.portBindings?["81/tcp"] == [HostPort(hostIP: "", hostPort: "")])
            #expect(result.host.portBindings?["82/tcp"] == [HostPort(hostIP: "", hostPort: "9")])
            #expect(result.warnings.count == warnings)
        }
    }

    // MARK: MAC addresses

    private static let mac = "02:00:00:00:00:01"

    @Test func theContainersAddressMovesToItsEndpoint() throws {
        for (version, warnings) in [(APIVersion(1, 43), 0), (APIVersion(1, 44), 1)] {
            let result = try gated(version) {
                $0.config.macAddress = Self.mac
                $0.host.networkMode = "net"
            }
            #expect(result.config.macAddress.isEmpty)
            #expect(result.endpoints["net"]??.macAddress == Self.mac)
            #expect(result.warnings.count == warnings)
        }
    }

    @Test func theContainersAddressIsRefusedFrom152AndInConflicts() throws {
        #expect(refusal(.newest) { $0.config.macAddress = Self.mac }?.contains("no longer supported") == true)
        #expect(
            refusal(APIVersion(1, 47)) {
                $0.config.macAddress = Self.mac
                $0.host.networkMode = "host"
            } == "conflicting options: mac-address and the network mode")
        var endpoint = EndpointSettings()
        endpoint.macAddress = "02:00:00:00:00:02"
        #expect(throws: RPCError.self) {
            try gated(APIVersion(1, 47)) {
                $0.config.macAddress = Self.mac
                $0.host.networkMode = "net"
                $0.endpoints["net"] = endpoint
            }
        }
        #expect(try gated(APIVersion(1, 43)) { $0.endpoints["net"] = endpoint }.endpoints["net"]??.macAddress == "")
    }

    @Test func theAddressOfALoneEndpointIsMeantWhateverTheNetworksName() throws {
        let result = try gated(APIVersion(1, 44)) {
            $0.config.macAddress = Self.mac
            $0.host.networkMode = "0123456789ab"
            $0.endpoints["net"] = EndpointSettings()
        }
        #expect(result.endpoints["net"]??.macAddress == Self.mac)
        #expect(result.endpoints.count == 1)
    }
}
