// Other programs that make images and move them: skopeo, umoci, buildah, podman.
import Foundation

public enum ImageTool: String, Sendable, CaseIterable {
    case skopeo, umoci, buildah, podman

    public var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(rawValue)") }

    /// Runs a script of the shell in a directory of its own, whose name is `$D`. Throws for a status that isn't 0.
    @discardableResult
    public static func run(_ script: String, in directory: String, _ environment: [String: String] = [:]) async throws -> String {
        let variables = environment.merging(["D": directory, "TMPDIR": directory, "XDG_RUNTIME_DIR": directory]) { $1 }
        let result = try await Command(
            "/bin/sh", ["-ec", "cd \"$D\"\n\(script)"], environment: variables, timeout: .seconds(300)
        ).run()
        guard result.code == 0 else { throw CommandFailure(what: script, result: result) }
        return result.line
    }

    /// The digest that a registry without TLS has for a name, as skopeo reckons it.
    public static func digest(of name: String, in directory: String) async throws -> String {
        try await run("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://\(name)", in: directory)
    }
}
