// A directory for the time that a test runs.
import Foundation

/// Removes its directory when it goes.
final class TemporaryDirectory {
    let path: String

    /// `name` is a short one: the sockets in it have to fit an address.
    init(_ name: String) throws { path = try TemporaryPath.make(name) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
