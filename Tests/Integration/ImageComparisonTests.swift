// The same images here and in Debian's dockerd: list, inspect and history answer the same, field by field.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(10))) struct ImageComparison {
        /// Fields that differ, and why: nothing else may.
        private static let explained: [String: String] = [
            "GraphDriver.Data": "dockerd tells directories of its own; here they are the image service's secret",
            "Metadata.LastTagTime": "each engine tagged the image in its own time",
            "RepoTags": "one image is this engine's busybox as well",
            "0.Tags": "one image is this engine's busybox as well",
            "0.RepoDigests": "an empty list is a list, as the API's schema has it, where dockerd of then had null",
        ]

        @Test(.enabled(if: DockerdPrograms.installed != nil, "Debian's dockerd isn't installed"))
        func everyFieldIsTheSame() async throws {
            let engine = try Integration.engine
            try await RegistryUnderTest.with { registry in
                let names = try await Self.fill(engine, registry)
                let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find())
                do {
                    for name in names { try await Self.pull(name, dockerd.socket) }
                    try await Self.compare(names, engine.layout.gatewaySocket, dockerd.socket)
                    try await Self.compareCommands(names, engine.layout.gatewaySocket, dockerd.socket)
                    try await Self.compareParents(names[0], engine.layout.gatewaySocket, dockerd.socket)
                    try await dockerd.stop()
                } catch {
                    try? await dockerd.stop()
                    throw error
                }
                for name in names { try await engine.dockerOutput("rmi", "-f", name) }
            }
        }

        /// Images with all that a configuration can say, in a registry; pulled here from there.
        private static func fill(_ engine: EngineUnderTest, _ registry: RegistryUnderTest) async throws -> [String] {
            let plain = "\(registry.address)/team/plain:v1", full = "\(registry.address)/full:v2"
            try await engine.dockerOutput("tag", "busybox", plain)
            try await engine.dockerOutput("run", "--name", "full", "busybox", "sh", "-c", "echo x > /x; rm -r /www")
            let changes = [
                "ENV A=b", "LABEL some=label", "EXPOSE 80 81/udp", "USER 1000:1000", "WORKDIR /tmp", "VOLUME /data", "STOPSIGNAL SIGUSR1",
                #"ENTRYPOINT ["sh","-c"]"#, #"CMD ["true"]"#, "HEALTHCHECK --interval=5s --retries=2 CMD true", "ONBUILD RUN true",
            ]
            try await engine.dockerOutput("commit", "-m", "with everything", "-a", "me", "full", "base")
            let flags = changes.flatMap { ["-c", $0] }
            let committed = try await engine.docker(["commit", "-m", "again", "-a", "me"] + flags + ["full", full])
            #expect(committed.code == 0, "\(committed)")
            try await engine.dockerOutput("rm", "full")
            for name in [plain, full] {
                try await engine.dockerOutput("push", name)
                try await engine.dockerOutput("rmi", "-f", name)
            }
            try await engine.dockerOutput("rmi", "-f", "base")
            for name in [plain, full] { try await engine.dockerOutput("pull", name) }
            return [plain, full]
        }

        private static func docker(_ socket: String, _ arguments: [String]) async throws -> String {
            let result = try await Command(EngineUnderTest.client, ["-H", "unix://\(socket)"] + arguments).run()
            guard result.code == 0 else { throw CommandFailure(what: "docker \(arguments)", result: result) }
            return result.line
        }

        private static func pull(_ name: String, _ socket: String) async throws { _ = try await docker(socket, ["pull", name]) }

        private static func get(_ target: String, _ socket: String) async throws -> JSONTree {
            let client = UnixHTTPClient(socketPath: socket, timeout: .seconds(60))
            let reply = try await Blocking.run { try client.request("GET", "/v1.41\(target)") }
            #expect(reply.status == 200, "\(target): \(reply.text)")
            return try #require(JSONTree(Array(reply.text.utf8)))
        }

        private static func compare(_ names: [String], _ ours: String, _ theirs: String) async throws {
            for name in names {
                for target in ["/images/\(name)/json", "/images/\(name)/history"] {
                    let unexplained = unexplained(JSONTree.differences(try await get(target, ours), try await get(target, theirs)))
                    #expect(unexplained.isEmpty, "\(target): \(unexplained)")
                }
                let filters = "/images/json?filters=%7B%22reference%22%3A%5B%22\(name.replacing("/", with: "%2F"))%22%5D%7D"
                let unexplained = unexplained(JSONTree.differences(try await get(filters, ours), try await get(filters, theirs)))
                #expect(unexplained.isEmpty, "\(filters): \(unexplained)")
            }
        }

        private static func unexplained(_ differences: [JSONTree.Difference]) -> [JSONTree.Difference] {
            differences.filter { difference in !explained.keys.contains { difference.path.hasPrefix($0) } }
        }

        /// As the client prints it.
        private static func compareCommands(_ names: [String], _ ours: String, _ theirs: String) async throws {
            for name in names {
                let repository = String(name.prefix(upTo: name.lastIndex(of: ":") ?? name.endIndex))
                for arguments in [
                    ["images", "--no-trunc", "--digests", repository], ["history", "--no-trunc", name], ["history", name],
                    ["images", "-q", name], ["images", "-a", repository],
                ] {
                    #expect(try await ageless(ours, arguments) == ageless(theirs, arguments), "\(arguments)")
                }
            }
        }

        /// Both are asked one after the other, and between the two a second may pass.
        private static func ageless(_ socket: String, _ arguments: [String]) async throws -> String {
            try await docker(socket, arguments).replacing(/\S+( a| an)? (second|minute|hour)s? ago +/, with: "some time ago ")
        }

        /// A committed image names what it was made from, and its history tells of both.
        private static func compareParents(_ name: String, _ ours: String, _ theirs: String) async throws {
            var shapes: [[String]] = []
            for socket in [ours, theirs] {
                let base = try await docker(socket, ["image", "inspect", "-f", "{{.Id}}", name])
                let container = try await docker(socket, ["create", name, "true"])
                let child = try await docker(socket, ["commit", container, "child:1"])
                let parent = try await docker(socket, ["image", "inspect", "-f", "{{.Parent}}", "child:1"])
                let history = try await docker(socket, ["history", "-q", "--no-trunc", "child:1"]).split(separator: "\n").map(String.init)
                let known = [base: "base", child: "child"]
                shapes.append([known[parent] ?? parent] + history.map { known[$0] ?? $0 })
                _ = try await docker(socket, ["rm", container])
                _ = try await docker(socket, ["rmi", "child:1"])
            }
            #expect(shapes[0] == shapes[1])
        }
    }
}

extension JSONTree {
    /// A place where two documents aren't the same.
    struct Difference: CustomStringConvertible {
        var path: String
        var description: String
    }

    static func differences(_ ours: JSONTree, _ theirs: JSONTree, at path: String = "") -> [Difference] {
        func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        switch (ours, theirs) {
        case (.object(let left), .object(let right)):
            return Set(left.keys).union(right.keys).sorted().flatMap { key -> [Difference] in
                guard let mine = left[key], let other = right[key] else {
                    return [Difference(path: below(key), description: "\(below(key)) only \(left[key] == nil ? "in dockerd" : "here")")]
                }
                return differences(mine, other, at: below(key))
            }
        case (.array(let left), .array(let right)) where left.count == right.count:
            return zip(left, right).enumerated().flatMap { differences($0.element.0, $0.element.1, at: below("\($0.offset)")) }
        default:
            return ours == theirs ? [] : [Difference(path: path, description: "\(path): \(ours) here, \(theirs) in dockerd")]
        }
    }
}
