// What flags say, and what they may not.
import ArgumentParser
import Contracts
import ServiceKit
import Testing

@testable import berthctl

@Suite struct CommandLineTests {
    @Test func overridesWinOverTheFile() throws {
        var file = EngineConfiguration()
        file.bridge = "br-file"
        file.bip = "10.1.0.1/24"
        file.labels = ["a=b"]
        let flags = try NetworkOverrides.parse([
            "--bridge", "br-flag", "--default-address-pool", "base=10.9.0.0/16,size=24", "--nftables-table", "t", "--cgroup-parent", "/p",
        ])
        var expected = file
        expected.bridge = "br-flag"
        expected.nftablesTable = "t"
        expected.cgroupParent = "/p"
        expected.defaultAddressPools = [.init(base: "10.9.0.0/16", size: 24)]
        #expect(try flags.applied(to: file) == expected)
    }

    @Test(arguments: ["", "10.9.0.0/16", "base=10.9.0.0/16", "base=10.9.0.0/16,size=big", "base=a,size=1,more=2"])
    func badPool(text: String) {
        #expect(throws: (any Error).self) { try NetworkOverrides.pool(text) }
    }

    @Test func badOverrideIsRefused() throws {
        let flags = try NetworkOverrides.parse(["--bridge", "much-too-long-a-name"])
        #expect(throws: ConfigurationError.self) { try flags.applied(to: EngineConfiguration()) }
    }

    @Test func pathsBecomeAbsolute() {
        #expect(EngineOptions.absolute("/a/./b/../c") == "/a/c")
        #expect(EngineOptions.absolute("x").hasSuffix("/x"))
        #expect(EngineOptions.absolute("x").hasPrefix("/"))
    }

    @Test(arguments: [
        ["up", "--wait-seconds", "0"], ["up", "--log-level", "loud"], ["down", "stray"], ["shim", "inspect"], ["nonsense"],
    ])
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try Berthctl.parseAsRoot(arguments) }
    }

    @Test func servicesAreStartedInOrder() {
        let layout = EngineLayout(root: "/r", run: "/x")
        let user = EngineUser(name: "berth", uid: 7, gid: 8)
        let programs = ServiceProgram.all(layout: layout, directory: "/d", gateway: user, logLevel: .debug)
        #expect(programs.map(\.name) == ["images", "network", "shim", "gateway"])
        #expect(programs.map(\.executable) == ["/d/berth-images", "/d/berth-network", "/d/berth-shim", "/d/berth-gateway"])
        #expect(programs.map(\.user.uid) == [0, 0, 0, 7])
        #expect(programs[0].arguments.suffix(2) == ["--serve-uid", "7"])
        #expect(programs[2].arguments == ["--listen", "/x/shim.sock", "--run", "/x", "--serve-uid", "7", "--verbose"])
        let quiet = ServiceProgram.all(layout: layout, directory: "/d", gateway: user, logLevel: .info, isDebugging: true)
        #expect(quiet[2].arguments.last == "7")
        #expect(programs.compactMap(\.socket).map(\.group) == [8, 8, 8])
    }

    @Test(arguments: [("/usr/bin/berthctl", "/usr/bin/berthctl"), ("/usr/bin/berthctl (deleted)", "/usr/bin/berthctl")])
    func aReplacedProgramIsFoundWhereItWas(path: String, found: String) {
        #expect(ExecutablePath.replaced(path) == found)
    }
}
