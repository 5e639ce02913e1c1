// The corpus of hostile archives: what each tries, what comes of it here, and what dockerd 20.10 makes of the same bytes.
import Testing

/// One archive. The answers are `taken`, or words of the refusal.
struct HostileForm: Sendable, CustomTestStringConvertible {
    static let taken = "taken"

    var name: String
    /// As the layer of an image: imported, loaded and pulled alike.
    var layer: String
    /// Put into a container that doesn't run.
    var copy: String
    /// What `docker import` and `docker cp - container:/` of dockerd 20.10 answer.
    var dockerdLayer: String
    var dockerdCopy: String
    /// Aims at `victim`, an absolute path outside of everything.
    var build: @Sendable (_ tar: inout TarBuilder, _ victim: String) -> Void

    var testDescription: String { name }

    init(
        _ name: String, layer: String = taken, copy: String = taken, dockerd dockerdLayer: String = taken,
        _ dockerdCopy: String = taken, _ build: @escaping @Sendable (_ tar: inout TarBuilder, _ victim: String) -> Void
    ) {
        self.name = name
        self.layer = layer
        self.copy = copy
        self.dockerdLayer = dockerdLayer
        self.dockerdCopy = dockerdCopy
        self.build = build
    }

    func bytes(victim: String) -> [UInt8] {
        var tar = TarBuilder()
        build(&tar, victim)
        return tar.finished()
    }

    /// Whether an answer is the one that was foretold.
    static func matches(_ answer: String, _ expected: String) -> Bool {
        expected == taken ? answer == taken : answer != taken && answer.contains(expected)
    }
}
