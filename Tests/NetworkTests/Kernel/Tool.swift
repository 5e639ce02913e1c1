// Runs a tool of the system and takes its output.
import TestSupport

enum Tool {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Waits for the end; throws when the exit status isn't zero.
    static func run(_ arguments: [String], mayFail: Bool = false) async throws -> String {
        let result = try await Command("/usr/bin/env", arguments).run()
        guard mayFail || result.code == 0 else { throw Failure(description: "\(arguments.joined(separator: " ")): \(result)") }
        return result.text
    }
}
