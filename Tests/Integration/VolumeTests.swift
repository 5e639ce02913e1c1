// Volumes by the real client: named, anonymous, shared, filled, with options.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct VolumeTests {
        private func run(_ arguments: String...) async throws -> String {
            let result = try await Integration.engine.docker(["run", "--rm"] + arguments)
            #expect(result.code == 0, "\(result)")
            return result.line
        }

        @Test func aNamedVolumeOutlivesItsContainers() async throws {
            let engine = try Integration.engine
            #expect(try await engine.dockerOutput("volume", "create", "--label", "a=b", "kept") == "kept")
            #expect(try await engine.dockerOutput("volume", "create", "kept") == "kept")
            _ = try await run("-v", "kept:/data", "busybox", "sh", "-c", "echo hello > /data/x")
            let script = "cat /data/x; touch /data/y 2>/dev/null || echo ro"
            #expect(try await run("-v", "kept:/data:ro", "busybox", "sh", "-c", script) == "hello\nro")
            let format = "{{.Driver}} {{.Labels}} {{.Scope}} {{.Mountpoint}}"
            let inspected = try await engine.dockerOutput("volume", "inspect", "-f", format, "kept")
            #expect(inspected == "local map[a:b] local \(engine.layout.imagesState)/volumes/kept/_data")
            #expect(try await engine.dockerOutput("volume", "ls", "-q", "-f", "label=a=b") == "kept")
            #expect(try await engine.dockerOutput("volume", "rm", "kept") == "kept")
            let gone = try await engine.docker(["volume", "inspect", "kept"])
            #expect(gone.code == 1 && gone.errorText.lowercased().contains("no such volume"))
        }

        @Test func aVolumeInUseIsNamedWithItsContainer() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("create", "--name", "holder", "-v", "held:/data", "busybox", "true")
            let refused = try await engine.docker(["volume", "rm", "held"])
            #expect(refused.code == 1 && refused.errorText.contains("remove held: volume is in use - [\(id)]"))
            #expect(try await engine.dockerOutput("ps", "-a", "-f", "volume=held", "--format", "{{.Names}} {{.Mounts}}") == "holder held")
            let mounts = try await engine.dockerOutput("inspect", "-f", "{{json .Mounts}}", "holder")
            #expect(mounts.contains(#""Name":"held""#) && mounts.contains(#""Type":"volume""#) && mounts.contains(#""Driver":"local""#))
            try await engine.dockerOutput("rm", "-v", "holder")
            try await engine.dockerOutput("volume", "rm", "held")
        }

        @Test func anonymousVolumesGoWithRemoval() async throws {
            let engine = try Integration.engine
            func anonymous() async throws -> Int {
                try await engine.dockerOutput("volume", "ls", "-q", "-f", "label=com.docker.volume.anonymous").split(separator: "\n").count
            }
            let before = try await anonymous()
            _ = try await run("-v", "/scratch", "busybox", "touch", "/scratch/x")
            #expect(try await anonymous() == before)
            try await engine.dockerOutput("create", "--name", "anon", "-v", "/scratch", "busybox", "true")
            #expect(try await anonymous() == before + 1)
            try await engine.dockerOutput("rm", "anon")
            #expect(try await anonymous() == before + 1)
            try await engine.dockerOutput("volume", "create", "named-stays")
            _ = try await engine.dockerOutput("volume", "prune", "-f")
            try await engine.dockerOutput("create", "--name", "anon", "-v", "/scratch", "busybox", "true")
            try await engine.dockerOutput("rm", "-v", "anon")
            #expect(try await anonymous() == 0)
        }

        @Test func anEmptyVolumeIsFilledFromTheImage() async throws {
            let engine = try Integration.engine
            #expect(try await run("-v", "filled:/etc", "busybox", "sh", "-c", "test -e /etc/passwd && echo there") == "there")
            #expect(try await run("-v", "bare:/etc:nocopy", "busybox", "sh", "-c", "test -e /etc/passwd || echo bare") == "bare")
            let over = try await engine.docker(["run", "--rm", "-v", "other:/bin/busybox", "busybox", "true"])
            #expect(over.code == 125 && over.errorText.contains("cannot mount volume over existing file, file exists /bin/busybox"))
            try await engine.dockerOutput("volume", "rm", "filled", "bare", "other")
        }

        @Test func volumesAreTakenFromOtherContainers() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("create", "--name", "donor", "-v", "given:/given", "-v", "/anon", "busybox", "true")
            let writing = "echo 1 > /given/x; echo 2 > /anon/y; cat /given/x"
            #expect(try await run("--volumes-from", "donor", "busybox", "sh", "-c", writing) == "1")
            let script = "cat /given/x /anon/y; touch /given/z 2>/dev/null || echo ro"
            #expect(try await run("--volumes-from", "donor:ro", "busybox", "sh", "-c", script) == "1\n2\nro")
            try await engine.dockerOutput("rm", "-v", "donor")
            try await engine.dockerOutput("volume", "rm", "given")
        }

        @Test func aTmpfsVolumeIsSharedWhileContainersRun() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,uid=7", "fast")
            let writing = "echo x > /f/x; sleep 600"
            try await engine.dockerOutput("run", "-d", "--name", "first", "-v", "fast:/f", "busybox", "sh", "-c", writing)
            let reading = "until test -e /f/x; do :; done; stat -c %u /f; df -k /f | awk 'END{print $2}'"
            let seen = try await run("-v", "fast:/f", "busybox", "sh", "-c", reading)
            #expect(seen == "7\n1024")
            try await engine.dockerOutput("rm", "-f", "first")
            #expect(try await run("-v", "fast:/f", "busybox", "sh", "-c", "ls /f") == "")
            try await eventually("the volume is unmounted") {
                try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains("volumes/fast") ? nil : true
            }
            try await engine.dockerOutput("volume", "rm", "fast")
        }

        @Test func aSubpathStaysInItsVolume() async throws {
            let engine = try Integration.engine
            _ = try await run("-v", "parts:/p", "busybox", "sh", "-c", "mkdir /p/a; echo in > /p/a/x; ln -s / /p/out; ln -s a /p/b")
            func create(_ subpath: String) async throws -> String {
                let body = """
                    {"Image":"busybox","Cmd":["cat","/s/x"],"HostConfig":{"Mounts":[{"Type":"volume","Source":"parts","Target":"/s",\
                    "VolumeOptions":{"Subpath":"\(subpath)"}}]}}
                    """
                let reply = try await engine.http("POST", "/containers/create", json: body)
                #expect(reply.status == 201, "\(reply.text)")
                let id = try JSONDecoder().decode(Created.self, from: Data(reply.body)).id
                let result = try await engine.docker(["start", "-a", id])
                try await engine.dockerOutput("rm", id)
                return result.code == 0 ? result.line : result.errorText
            }
            #expect(try await create("a") == "in")
            #expect(try await create("b") == "in")
            // The link leads to the volume's root, as in a chroot, and not to the host's.
            #expect(try await create("out/a") == "in")
            let missing = try await create("missing")
            #expect(missing.lowercased().contains("no such file or directory"), "\(missing)")
            try await engine.dockerOutput("volume", "rm", "parts")
        }
    }
}

private struct Created: Decodable {
    var id: String
    enum CodingKeys: String, CodingKey { case id = "Id" }
}
