// Requests for devices, by dockerd's drivers and in its words.
@testable import GatewayOrchestration
import Models
import RPC
import Testing

@Suite struct DeviceSelectionTests {
    private static func catalog(_ kind: String, _ devices: [String]) -> CDICatalog {
        let spec = CDISpec(
            version: "0.5.0", kind: kind, devices: devices.map { CDISpec.Device(name: $0, edits: CDIEdits(env: ["D=\($0)"])) })
        return CDICatalog([CDIFile(path: "/a", priority: 0, content: .success(spec))])
    }

    private static func request(
        _ driver: String = "", count: Int = 0, devices: [String]? = nil, capabilities: [[String]]? = [["gpu"]],
        options: [String: String]? = [:]
    ) -> DeviceRequest {
        var request = DeviceRequest()
        (request.driver, request.count, request.deviceIDs) = (driver, count, devices)
        (request.capabilities, request.options) = (capabilities, options)
        return request
    }

    private static func variables(_ requests: [DeviceRequest], in catalog: CDICatalog) throws -> [String] {
        try DeviceSelection(catalog: catalog, isEnabled: true).edits(for: requests).env
    }

    @Test func namesAreTakenInTheirOrderAndOnce() throws {
        let catalog = Self.catalog("v.com/net", ["one", "two"])
        let requests = [
            Self.request("cdi", devices: ["v.com/net=two"], capabilities: nil, options: nil),
            Self.request("cdi", devices: ["v.com/net=one", "v.com/net=two"]), Self.request("cdi"),
        ]
        #expect(try Self.variables(requests, in: catalog) == ["D=two", "D=one"])
        #expect(try Self.variables([], in: catalog) == [])
    }

    @Test func graphicsAreThoseOfTheirKind() throws {
        let catalog = Self.catalog("nvidia.com/gpu", ["0", "1", "all", "GPU-x"])
        #expect(try Self.variables([Self.request(count: -1)], in: catalog) == ["D=all"])
        #expect(try Self.variables([Self.request(count: 2)], in: catalog) == ["D=0", "D=1"])
        #expect(try Self.variables([Self.request(devices: ["GPU-x"])], in: catalog) == ["D=GPU-x"])
        #expect(try Self.variables([Self.request("nvidia", devices: ["nvidia.com/gpu=1"])], in: catalog) == ["D=1"])
        #expect(try Self.variables([Self.request(count: 1, capabilities: [["tpu"], ["gpu", "compute"]])], in: catalog) == ["D=0"])
        #expect(try Self.variables([Self.request()], in: catalog) == [])
    }

    @Test(arguments: [
        (request(count: -1), "could not select device driver \"\" with capabilities: [[gpu]]"),
        (request("nvidia", count: 1), "could not select device driver \"nvidia\" with capabilities: [[gpu]]"),
        (request("none", capabilities: [["gpu", "x"], []]), "could not select device driver \"none\" with capabilities: [[gpu x] []]"),
        (request(capabilities: nil), "could not select device driver \"\" with capabilities: []"),
        (request("cdi", count: 1), "unexpected count in CDI device request"),
        (request("cdi", devices: ["v.com/net=one"], options: ["a": "b"]), "unexpected options in CDI device request"),
        (request("cdi", devices: ["v.com/net=one", "x"]), "CDI device injection failed: unresolvable CDI devices x"),
    ])
    func refusalsAreDockerds(request: DeviceRequest, words: String) {
        let error = #expect(throws: RPCError.self) { try Self.variables([request], in: Self.catalog("v.com/net", ["one"])) }
        #expect(error?.message == words && error?.code == .internalError)
    }

    @Test func refusalsOfGraphicsAreDockerds() {
        let catalog = Self.catalog("nvidia.com/gpu", ["0"])
        let cases = [
            (Self.request(count: 1, devices: ["0"]), "cannot set both Count and DeviceIDs on device request"),
            (Self.request(count: 2), "CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=1"),
            (Self.request(count: -1, capabilities: [["tpu"]]), "could not select device driver \"\" with capabilities: [[tpu]]"),
        ]
        for (request, words) in cases {
            let error = #expect(throws: RPCError.self) { try Self.variables([request], in: catalog) }
            #expect(error?.message == words)
        }
        let off = DeviceSelection(catalog: CDICatalog(), isEnabled: false)
        let error = #expect(throws: RPCError.self) { try off.edits(for: [Self.request("cdi", devices: ["a/b=c"])]) }
        #expect(error?.message == "CDI device injection failed: no CDI specification directories specified")
    }
}
