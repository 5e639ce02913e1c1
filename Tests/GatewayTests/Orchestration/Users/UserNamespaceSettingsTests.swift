// The configuration's say in user namespaces, on account files that the tests write.
import Contracts
@testable import GatewayOrchestration
import ServiceKit
import Testing

@Suite struct UserNamespaceSettingsTests {
    private static let files = UserNamespaceSettings.Files(
        users: "root:x:0:0::/:/bin/sh\ndockremap:x:100:101::/:\nanna:x:1000:1000::/:\npool:x:900:900::/:\n",
        groups: "root:x:0:\ndockremap:x:101:\nstaff:x:50:\n",
        subordinateUsers: "dockremap:100000:65536\nanna:200000:1000\nbad line\n1000:300000:500\npool:400000:100\nanna:x:9\n",
        subordinateGroups: "dockremap:110000:65536\nstaff:500000:10\nanna:200000:1000\npool:400050:100\n")

    private static func settings(remap: String = "", pool: String? = nil) throws -> UserNamespaceSettings {
        var configuration = EngineConfiguration()
        configuration.usersRemap = remap
        configuration.usersPool = pool ?? configuration.usersPool
        return try UserNamespaceSettings(configuration, files)
    }

    private func range(_ inside: UInt32, _ outside: UInt32, _ count: UInt32) -> IDRange {
        IDRange(inside: inside, outside: outside, count: count)
    }

    @Test func standardIsTheHostsIDsAndALargePool() throws {
        let settings = try Self.settings()
        #expect(settings.remap == nil)
        #expect(settings.pool == [range(0, 1_879_048_192, 268_435_456)])
    }

    @Test func remapFollowsTheAccountFiles() throws {
        #expect(
            try Self.settings(remap: "default").remap
                == IDMap(users: [range(0, 100_000, 65_536)], groups: [range(0, 110_000, 65_536)]))
        #expect(
            try Self.settings(remap: "anna").remap
                == IDMap(users: [range(0, 200_000, 1000), range(1000, 300_000, 500)], groups: [range(0, 200_000, 1000)]))
        #expect(try Self.settings(remap: "1000:staff").remap?.groups == [range(0, 500_000, 10)])
    }

    @Test(arguments: [
        ("a:b:c", "invalid user/group specification"), ("anna:", "invalid user/group specification"), ("nobody", "no user \"nobody\""),
        ("anna:none", "no group \"none\""), ("anna:root", "no subgid ranges found for group \"root\""), ("root", "root can't be"),
    ])
    func badRemapIsRefused(_ text: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.settings(remap: text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func poolIsARangeOrAUsersIDs() throws {
        #expect(try Self.settings(pool: "5000:10").pool == [range(0, 5000, 10)])
        // Only what the user has as users' and as groups' IDs.
        #expect(try Self.settings(pool: "pool").pool == [range(0, 400_050, 50)])
        for bad in ["", "0:5", "5:0", "a:b", "4294967290:10", "nobody", "1:2:3"] {
            #expect(throws: ConfigurationError.self) { try Self.settings(pool: bad) }
        }
    }
}
