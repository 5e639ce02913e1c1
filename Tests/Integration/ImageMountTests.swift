// Images mounted in containers, and images' names in lists, by the real client.
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct ImageMountTests {
        /// Makes a container with an image mounted at `/tools`, which clients before version 28 can't ask for.
        private func make(_ name: String, image: String, subpath: String = "", script: String) async throws -> HTTPReply {
            let body = """
                {"Image":"busybox","Cmd":["sh","-c","\(script)"],"HostConfig":{"Mounts":[{"Type":"image","Source":"\(image)",\
                "Target":"/tools","ImageOptions":{"Subpath":"\(subpath)"}}]}}
                """
            return try await Integration.engine.http("POST", "/v1.48/containers/create?name=\(name)", json: body)
        }

        private func layered(_ tag: String, lines: Int) async throws {
            let engine = try Integration.engine
            for line in 1...lines {
                let base = line == 1 ? "busybox" : tag
                try await engine.dockerOutput(
                    "run", "--name", "layering", base, "sh", "-c", "mkdir -p /lines; echo \(line) > /lines/\(line); rm -f /etc/group")
                try await engine.dockerOutput("commit", "layering", tag)
                try await engine.dockerOutput("rm", "layering")
            }
            try await engine.dockerOutput("image", "prune", "-f")
        }

        @Test func anImagesFilesAreThereReadOnly() async throws {
            let engine = try Integration.engine
            try await layered("mounted:1", lines: 2)
            let script = "cat /tools/lines/*; ls /tools/etc; touch /tools/x 2>&1 | grep -o Read-only; grep -c ' /tools ' /proc/mounts"
            #expect(try await make("reader", image: "mounted:1", script: script).status == 201)
            #expect(try await engine.dockerOutput("start", "-a", "reader") == "1\n2\npasswd\nRead-only\n1")
            #expect(try await make("deeper", image: "mounted:1", subpath: "lines", script: "ls /tools").status == 201)
            #expect(try await engine.dockerOutput("start", "-a", "deeper") == "1\n2")
            #expect(try await make("single", image: "busybox", subpath: "www", script: "cat /tools/index.html").status == 201)
            #expect(try await engine.dockerOutput("start", "-a", "single") == "hello from busybox")
            let inspected = try await engine.dockerOutput("inspect", "-f", "{{json .Mounts}}", "reader")
            for part in [#""Type":"image""#, #""Name":"mounted:1""#, #""Destination":"/tools""#, #""RW":false"#] {
                #expect(inspected.contains(part), "\(inspected)")
            }
            let copied = try await engine.docker(["cp", "reader:/tools/lines/2", "-"])
            #expect(copied.code == 0 && copied.text.contains("2\n"))
            try await engine.dockerOutput("rm", "reader", "deeper", "single")
            try await engine.dockerOutput("rmi", "mounted:1")
        }

        @Test func itStaysWhateverBecomesOfTheImageAndTheEngine() async throws {
            let engine = try Integration.engine
            try await layered("mounted:2", lines: 2)
            #expect(try await make("keeper", image: "mounted:2", script: "cat /tools/lines/*; sleep 1000").status == 201)
            let refused = try await engine.docker(["rmi", "mounted:2"])
            #expect(refused.code == 1 && refused.errorText.contains("unable to remove repository reference \"mounted:2\" (must force)"))
            try await engine.dockerOutput("start", "keeper")
            let id = try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", "mounted:2")
            let running = try await engine.docker(["rmi", "-f", id])
            #expect(running.code == 1 && running.errorText.contains("image is being used by running container"))
            #expect(!(try await engine.dockerOutput("image", "prune", "-af")).contains(id))
            try await engine.kill([.gateway, .images])
            try await engine.waitUntilHealthy()
            #expect(try await engine.dockerOutput("exec", "keeper", "cat", "/tools/lines/2") == "2")
            try await engine.dockerOutput("kill", "keeper")
            try await engine.dockerOutput("rmi", "-f", "mounted:2")
            try await engine.dockerOutput("start", "keeper")
            #expect(try await engine.dockerOutput("exec", "keeper", "cat", "/tools/lines/1") == "1")
            try await engine.dockerOutput("rm", "-f", "keeper")
            let reply = try await engine.http("GET", "/v1.52/system/df?verbose=1")
            #expect(reply.text.contains(#""orphans":0"#))
        }

        @Test func whatCannotBeMountedIsSaid() async throws {
            let engine = try Integration.engine
            let missing = try await make("nobody", image: "no-such-image", script: "true")
            #expect(missing.status == 404 && missing.text.contains("No such image: no-such-image:latest"))
            let old = try await engine.http(
                "POST", "/v1.47/containers/create",
                json: #"{"Image":"busybox","HostConfig":{"Mounts":[{"Type":"image","Source":"busybox","Target":"/x"}]}}"#)
            #expect(old.status == 400 && old.text.contains("1.48"))
            try await layered("mounted:3", lines: 2)
            #expect(try await make("lost", image: "mounted:3", subpath: "no/such", script: "true").status == 201)
            let lost = try await engine.docker(["start", "lost"])
            let words = #"mounting "mounted:3" to rootfs at "/tools": no such file"#
            #expect(lost.code == 1 && lost.errorText.contains(words), "\(lost.errorText)")
            try await engine.dockerOutput("rm", "lost")
            try await engine.dockerOutput("rmi", "mounted:3")
        }

        /// Waits: the gateway is told of names, and doesn't ask.
        private func shows(_ image: String, of container: String) async throws -> Bool {
            let engine = try Integration.engine
            return try await eventually("\(container) is listed with \(image)", within: .seconds(10)) {
                let listed = try await engine.dockerOutput("ps", "-a", "--no-trunc", "-f", "name=^\(container)$", "--format", "{{.Image}}")
                return listed == image ? true : nil
            }
        }

        @Test func aListShowsTheIDOnceTheNameIsAnothers() async throws {
            let engine = try Integration.engine
            try await layered("moving:1", lines: 1)
            let id = try await engine.dockerOutput("image", "inspect", "-f", "{{.Id}}", "moving:1")
            try await engine.dockerOutput("create", "--name", "namer", "moving:1", "true")
            #expect(try await shows("moving:1", of: "namer"))
            try await engine.dockerOutput("tag", "busybox", "moving:1")
            #expect(try await shows(id, of: "namer"))
            try await engine.dockerOutput("tag", id, "moving:1")
            #expect(try await shows("moving:1", of: "namer"))
            try await engine.kill([.gateway])
            try await engine.waitUntilHealthy()
            try await engine.dockerOutput("tag", "busybox", "moving:1")
            #expect(try await shows(id, of: "namer"))
            try await engine.kill([.images])
            #expect(try await shows(id, of: "namer"))
            try await engine.waitUntilHealthy()
            try await engine.dockerOutput("rm", "namer")
            try await engine.dockerOutput("rmi", "moving:1", id)
        }
    }
}
