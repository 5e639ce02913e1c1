// Images of other platforms: refused when a platform was asked for, otherwise warned of.
import Foundation
import Models
import RPC
import Testing

@testable import GatewayOrchestration

@Suite struct PlatformCheckTests {
    private func warnings(_ image: String, on host: String = "linux/amd64", wanted: String? = nil) throws -> [String] {
        let parts = image.split(separator: "/").map(String.init)
        let fields = zip(["os", "architecture", "variant"], parts).map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        let document = try JSONDecoder().decode(ImageDocument.self, from: Data("{\(fields)}".utf8))
        let common = OCIPlatform(os: "linux", architecture: "amd64")
        let host = try #require(OCIPlatform(parsing: host, host: common))
        return try PlatformCheck(image: "a:1", host: host).warnings(about: document, wanted: wanted)
    }

    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("linux/amd64/v3", "linux/amd64"), ("linux/386", "linux/amd64"), ("linux/arm/v7", "linux/arm64"),
        ("linux", "linux/amd64"), ("linux/x86_64", "linux/amd64"),
    ])
    func whatTheHostRunsIsNoMatter(image: String, host: String) throws {
        #expect(try warnings(image, on: host).isEmpty)
    }

    @Test(arguments: [("linux/arm/v7", "linux/amd64"), ("linux/amd64", "linux/arm64"), ("linux/s390x", "linux/amd64")])
    func whatItMayNotRunIsWarnedOf(image: String, host: String) throws {
        let words =
            "The requested image's platform (\(image)) does not match the detected host platform (\(host)) and no specific platform "
        #expect(try warnings(image, on: host) == [words + "was requested"])
    }

    @Test(arguments: ["linux/arm64", "arm64", "aarch64", "linux/arm64/v8"]) func onesOwnChoiceIsNotWarnedOf(wanted: String) throws {
        #expect(try warnings("linux/arm64", wanted: wanted).isEmpty)
    }

    @Test(arguments: ["linux/amd64", "linux/arm/v7", "linux"]) func anotherThanTheOneAskedForIsNotThere(wanted: String) throws {
        let words = "image with reference a:1 was found but its platform (linux/arm64) does not match the specified platform (\(wanted))"
        #expect(throws: RPCError(.notFound, words)) { try warnings("linux/arm64", wanted: wanted) }
    }

    @Test func anotherSystemIsRefused() {
        let words = "operating system on which parent image was created is not Linux: windows"
        #expect(throws: RPCError(.invalidParameter, words)) { try warnings("windows/amd64") }
    }
}
