// One engine for all of these tests: started before the first, taken down after the last, with nothing left on the host.
import Testing
import TestSupport

/// The unmodified Docker client against the real services.
@Suite(.serialized, .engine)
struct Integration {
    static var engine: EngineUnderTest {
        get throws { try #require(EngineTrait.current, "no engine is running for this test") }
    }
}

/// Runs a suite with an engine that has the busybox image.
struct EngineTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: EngineUnderTest?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            try await EngineTrait.$current.withValue(engine) { try await function() }
        }
    }
}

extension Trait where Self == EngineTrait {
    static var engine: Self { Self() }
}

/// What a command is to give back: its exit code, and words in its output or its errors.
struct Expectation: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var stdin = ""
    var code: Int32 = 0
    /// The whole output, without the last newline; nil for any.
    var output: String?
    /// Words in standard error.
    var errors: String?
    /// Words in either: the Docker client prints why an exec did not start where the command would have printed.
    var words: String?

    var testDescription: String { arguments.joined(separator: " ") }

    func check(_ engine: EngineUnderTest) async throws {
        let result = try await engine.docker(arguments, stdin: Array(stdin.utf8))
        #expect(result.code == code, "\(result)")
        if let output { #expect(result.line == output, "\(result)") }
        if let words { #expect((result.text + result.errorText).contains(words), "\(result)") }
        if let errors { #expect(result.errorText.contains(errors), "\(result)") }
    }
}
