// Images go through other engines' and tools' hands and come back as they were: every digest is kept.
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(10))) struct RoundTrips {
        private static let hasSkopeo = ImageTool.skopeo.isInstalled
        /// The root of a Debian (made by debootstrap if nothing is there) for images of a real size, in place of busybox.
        private static let debian = ProcessInfo.processInfo.environment["BERTH_TEST_DEBIAN_ROOT"]

        /// How an image gets to `$REGISTRY/made:v1`, from the root filesystem in `$D/root` or from `$REGISTRY/seed:v1`.
        struct Maker: Sendable, CustomTestStringConvertible {
            var name: String
            var tools: [ImageTool]
            var script: String
            var testDescription: String { name }
        }

        static let makers: [Maker] = [
            Maker(
                name: "skopeo, OCI", tools: [],
                script: """
                    skopeo copy -q --format oci --src-tls-verify=false --dest-tls-verify=false \
                      docker://$REGISTRY/seed:v1 docker://$REGISTRY/made:v1
                    """),
            Maker(
                name: "skopeo, OCI with zstd", tools: [],
                script: """
                    skopeo copy -q --format oci --dest-compress --dest-compress-format zstd --src-tls-verify=false \
                      docker://$REGISTRY/seed:v1 oci:zstd:v1
                    skopeo copy -q --dest-tls-verify=false oci:zstd:v1 docker://$REGISTRY/made:v1
                    """),
            Maker(
                name: "skopeo, schema 2", tools: [],
                script: """
                    skopeo copy -q --format v2s2 --src-tls-verify=false --dest-tls-verify=false \
                      docker://$REGISTRY/seed:v1 docker://$REGISTRY/made:v1
                    """),
            Maker(
                name: "umoci, two layers", tools: [.umoci],
                script: """
                    umoci init --layout layout
                    umoci new --image layout:v1
                    umoci unpack --image layout:v1 bundle
                    cp -a root/. bundle/rootfs/
                    umoci repack --image layout:v1 bundle
                    echo more > bundle/rootfs/more
                    umoci repack --image layout:v1 bundle
                    skopeo copy -q --dest-tls-verify=false oci:layout:v1 docker://$REGISTRY/made:v1
                    """),
            Maker(
                name: "buildah", tools: [.buildah],
                script: """
                    buildah="buildah --root $D/storage --runroot $D/run --storage-driver vfs"
                    container=$($buildah from --signature-policy $D/policy.json scratch)
                    $buildah add $container root /
                    $buildah config --cmd sh --label made=so --env X=y $container
                    $buildah commit -q --signature-policy $D/policy.json $container made
                    $buildah push -q --signature-policy $D/policy.json --tls-verify=false made docker://$REGISTRY/made:v1
                    $buildah rm $container
                    $buildah rmi made
                    """),
        ]

        @Test(.enabled(if: hasSkopeo, "skopeo isn't installed"), arguments: makers.filter { $0.tools.allSatisfy(\.isInstalled) })
        func imagesOfOtherToolsKeepTheirDigests(_ maker: Maker) async throws {
            try await Self.withSeed { engine, registry, directory in
                let made = "\(registry.address)/made:v1", name = "\(registry.address)/ours/copy"
                try await ImageTool.run(maker.script, in: directory, ["REGISTRY": registry.address])
                let digest = try await ImageTool.digest(of: made, in: directory)
                try await engine.dockerOutput("pull", made)
                #expect(try await engine.dockerOutput("image", "inspect", "-f", "{{index .RepoDigests 0}}", made).hasSuffix("@\(digest)"))
                try await RegistryUnderTest.with { second in
                    for copy in ["\(name):v1", "\(second.address)/far:v1"] {
                        try await engine.dockerOutput("tag", made, copy)
                        #expect(try await engine.dockerOutput("push", copy).contains("v1: digest: \(digest) size: "))
                        #expect(try await ImageTool.digest(of: copy, in: directory) == digest)
                        try await engine.dockerOutput("rmi", copy)
                    }
                }
                try await engine.dockerOutput("rmi", made)
                try await engine.dockerOutput("pull", "\(name)@\(digest)")
                if Self.debian != nil {
                    let verified = try await engine.docker(["run", "--rm", "\(name)@\(digest)", "dpkg", "--verify"])
                    #expect(verified.code == 0 && verified.text.isEmpty, "\(verified)")
                }
                try await engine.dockerOutput("rmi", "\(name)@\(digest)")
            }
        }

        @Test(.enabled(if: hasSkopeo && ImageTool.podman.isInstalled, "skopeo or podman isn't installed"))
        func aSavedImageGoesThroughPodman() async throws {
            try await Self.withSeed { engine, registry, directory in
                let seed = "\(registry.address)/seed:v1"
                let id = try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", seed)
                let layers = try await engine.dockerOutput("image", "inspect", "-f", "{{.RootFS.Layers}}", seed)
                try await engine.dockerOutput("save", "-o", "\(directory)/ours.tar", seed)
                try await engine.dockerOutput("rmi", seed)
                let podman = "podman --root $D/storage --runroot $D/run --storage-driver vfs"
                try await ImageTool.run("\(podman) load -q --signature-policy $D/policy.json -i ours.tar", in: directory)
                #expect(try await ImageTool.run("\(podman) images -q --no-trunc", in: directory) == id)
                for format in ["docker-archive", "oci-archive"] {
                    try await ImageTool.run("\(podman) save -q --format \(format) -o \(format).tar \(seed)", in: directory)
                    #expect(try await engine.dockerOutput("load", "-i", "\(directory)/\(format).tar").contains("Loaded image"), "\(format)")
                    #expect(try await engine.dockerOutput("image", "inspect", "-f", "{{.RootFS.Layers}}", seed) == layers, "\(format)")
                    // For the other format podman writes a configuration of its own.
                    if format == "docker-archive" {
                        #expect(try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", seed) == id)
                    }
                    try await engine.dockerOutput("rmi", seed)
                }
            }
        }

        @Test(.enabled(if: hasSkopeo && DockerdPrograms.installed != nil, "skopeo or Debian's dockerd isn't installed"))
        func dockerdPushesOnWhatWasPushedHere() async throws {
            try await Self.withSeed { engine, registry, directory in
                // In another repository dockerd may compress the layers anew, to other bytes.
                let seed = "\(registry.address)/seed:v1", back = "\(registry.address)/seed:back"
                let digest = try await ImageTool.digest(of: seed, in: directory)
                let id = try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", seed)
                let dockerd = try await DockerdUnderTest.start(programs: try await DockerdPrograms.find())
                do {
                    let docker = "\(EngineUnderTest.client) -H unix://\(dockerd.socket)"
                    try await ImageTool.run("\(docker) pull \(seed); \(docker) tag \(seed) \(back); \(docker) push \(back)", in: directory)
                    #expect(try await ImageTool.digest(of: back, in: directory) == digest)
                    try await ImageTool.run("\(docker) save -o theirs.tar \(seed); \(docker) rmi -f \(seed) \(back)", in: directory)
                    try await engine.dockerOutput("save", "-o", "\(directory)/ours.tar", seed)
                    try await engine.dockerOutput("rmi", seed)
                    try await ImageTool.run("\(docker) load -i ours.tar", in: directory)
                    #expect(try await ImageTool.run("\(docker) image inspect -f '{{.Id}}' \(seed)", in: directory) == id)
                    try await engine.dockerOutput("load", "-i", "\(directory)/theirs.tar")
                    #expect(try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", seed) == id)
                    try await dockerd.stop()
                } catch {
                    try? await dockerd.stop()
                    throw error
                }
            }
        }

        /// Pushes busybox, or Debian, as `seed:v1` of a fresh registry, and lays its files into `root` of a fresh directory.
        private static func withSeed(
            _ body: @Sendable (EngineUnderTest, RegistryUnderTest, String) async throws -> Void
        ) async throws {
            let engine = try Integration.engine
            try await RegistryUnderTest.with { registry in
                let directory = "\(registry.directory)/work", seed = "\(registry.address)/seed:v1"
                try FileManager.default.createDirectory(atPath: "\(directory)/root", withIntermediateDirectories: true)
                if let debian {
                    let make = "test -x \(debian)/bin/dpkg || debootstrap --variant=minbase stable \(debian)"
                    try await ImageTool.run("\(make); tar -C \(debian) --numeric-owner -cf root.tar .", in: directory)
                } else {
                    try Data(try await BusyboxImage.archive()).write(to: URL(filePath: "\(directory)/root.tar"))
                }
                // An image of its own: one that another test has loaded would have the manifest that it came with.
                try await engine.dockerOutput("import", "-m", registry.address, "\(directory)/root.tar", seed)
                try Data(#"{"default":[{"type":"insecureAcceptAnything"}]}"#.utf8).write(to: URL(filePath: "\(directory)/policy.json"))
                try await ImageTool.run("tar -C root -xf root.tar", in: directory)
                try await engine.dockerOutput("push", seed)
                try await body(engine, registry, directory)
                _ = try await engine.docker(["rmi", seed])
            }
        }
    }
}
