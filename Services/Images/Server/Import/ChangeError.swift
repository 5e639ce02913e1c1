// What is wrong with a `--change`.

/// A Dockerfile instruction that can't be applied to an image's config.
struct ChangeError: Error, Sendable, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
