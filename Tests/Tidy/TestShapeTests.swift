// Tests that can fail, and that wait for conditions instead of time.
import Testing

@Suite struct TestShapeTests {
    private static let tests = SourceTree.files(in: ["Tests"])

    @Test func everyTestFileChecksSomething() {
        let idle = Self.tests.filter { file in
            let code = file.code
            return code.contains { $0.contains("@Test") } && !code.contains { $0.contains(/#expect|#require|Issue\.record/) }
        }
        #expect(idle.map(\.path) == [])
    }

    /// Not `\b`: to Swift `Task.sleep` is one word.
    private static func sleeps(_ line: String) -> Bool {
        line.contains("sleep") && line.contains(/(?:^|\W)(?:[un]?sleep|nanosleep)\s*\(/)
    }

    @Test(arguments: [
        ("try await Task.sleep(for: .seconds(1))", true), ("sleep(1)", true), ("_ = usleep (10)", true),
        ("Glibc.nanosleep(&time, nil)", true),
        ("sleeper(1)", false), ("oversleep(1)", false), ("let sleep = 1", false),
    ])
    func sleepsAreSeen(line: String, isSleep: Bool) {
        #expect(Self.sleeps(line) == isSleep)
    }

    /// Where conditions are waited for, where a service's method is slow on purpose, and what measures over time.
    private static let sleepers: Set = [
        "Tests/GatewayTests/Eventually.swift", "Tests/ShimTests/Supervision/ShimHost.swift", "Tests/RPCNIOTests/TestService.swift",
        "Tests/Conformance/RPC/ConformanceServices.swift", "Tests/NetworkTests/DNS/FakeNameServer.swift",
    ]

    @Test func noTestSleeps() {
        let sleepers = Self.tests.filter { !$0.isBelow("Tests/Benchmarks") && !Self.sleepers.contains($0.path) }.flatMap { file in
            file.code.enumerated().filter { Self.sleeps($0.element) }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(sleepers == [])
    }

    @Test func noPlaceholder() {
        #expect(SourceTree.files().map(\.path).filter { $0.contains("Placeholder") } == [])
    }
}
