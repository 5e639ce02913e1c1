// Configs and manifests as they are on the wire.
import Foundation
import Models
import Testing

struct OCIImageTests {
    @Test func readsWhatDockerWrites() throws {
        let json = """
            {"architecture":"arm64","variant":"v8","os":"linux","created":"2024-01-02T03:04:05.6Z","docker_version":"",
             "x-unknown":{"a":[1]},
             "config":{"Env":["A=b"],"Cmd":["sh"],"Entrypoint":null,"ExposedPorts":{"80/tcp":{}},"Labels":null,"ArgsEscaped":true,
             "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":5000000000,"Retries":3}},
             "rootfs":{"type":"layers","diff_ids":["sha256:\(String(repeating: "1", count: 64))"]},
             "history":[{"created_by":"x","empty_layer":true}]}
            """
        let image = try JSONDecoder().decode(OCIImage.self, from: Data(json.utf8))
        #expect(image.platform == OCIPlatform(os: "linux", architecture: "arm64", variant: "v8"))
        #expect(image.config?.env == ["A=b"])
        #expect(image.config?.entrypoint == nil)
        #expect(image.config?.exposedPorts?.keys.sorted() == ["80/tcp"])
        #expect(image.config?.healthcheck?.interval == 5_000_000_000)
        #expect(image.rootfs?.diffIDs.map(\.hex) == [String(repeating: "1", count: 64)])
        #expect(image.history?.first?.emptyLayer == true)
    }

    @Test func writesTheNamesOfTheWire() throws {
        var image = OCIImage()
        var config = OCIImageConfig()
        config.workingDir = "/w"
        config.stopSignal = "SIGINT"
        image.config = config
        image.rootfs = .init(diffIDs: [])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(image), as: UTF8.self)
        #expect(text == #"{"config":{"StopSignal":"SIGINT","WorkingDir":"/w"},"rootfs":{"diff_ids":[],"type":"layers"}}"#)
    }

    @Test func refusesWhatIsNoDigest() {
        let json = #"{"mediaType":"x","digest":"../../etc/passwd","size":1}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(OCIDescriptor.self, from: Data(json.utf8)) }
    }
}
