// Flags, configuration and defaults: which wins.
import ArgumentParser
import Contracts
import Logging
import ServiceKit
import Testing

@Suite struct ServiceOptionsTests {
    @Test func defaults() throws {
        let options = try ServiceOptions.parse([])
        #expect(options.layout == EngineLayout(root: "/var/lib/berth", run: "/run/berth"))
        #expect(options.servedUIDs.isEmpty)
        #expect(options.logLevel == nil)
    }

    @Test func flagsWinOverTheConfiguration() throws {
        var configuration = EngineConfiguration()
        configuration.dataRoot = "/conf/root"
        configuration.execRoot = "/conf/run"
        let options = try ServiceOptions.parse(["--root", "/flag/root"])
        #expect(options.layout(configuration: configuration) == EngineLayout(root: "/flag/root", run: "/conf/run"))
    }

    @Test func severalUIDs() throws {
        let options = try ServiceOptions.parse(["--serve-uid", "7", "--log-level", "trace", "--serve-uid", "root"])
        #expect(options.servedUIDs == [7, 0])
        #expect(options.logLevel == .trace)
    }

    @Test(arguments: [["--log-level", "loud"], ["--serve-uid", "-1"], ["--serve-uid", "no such user"], ["--unknown"], ["stray"]])
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try ServiceOptions.parse(arguments) }
    }
}
