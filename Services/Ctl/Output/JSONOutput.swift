// JSON on standard output, for programs.
import Foundation
import Logging

enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension Logger {
    /// For connections whose failures the command itself reports.
    static var silent: Logger { Logger(label: "berthctl") { _ in SwiftLogNoOpLogHandler() } }
}
