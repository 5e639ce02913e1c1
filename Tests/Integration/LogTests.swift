// What a container wrote, read later or as it comes.
import Contracts
import Foundation
import Testing
import TestSupport

extension Integration {
    @Suite struct Logs {
        @Test func streamsAreKeptApart() async throws {
            let engine = try Integration.engine
            _ = try await engine.docker(["run", "--name", "log1", "busybox", "sh", "-c", "echo a; echo b >&2; echo c; printf unfinished"])
            let result = try await engine.docker(["logs", "log1"])
            #expect(result.text == "a\nc\nunfinished")
            #expect(result.errorText == "b\n")
            #expect(try await engine.dockerOutput("logs", "--tail", "1", "log1") == "unfinished")
            let stamped = try await engine.docker(["logs", "--timestamps", "log1"])
            #expect(stamped.text.split(separator: "\n").allSatisfy { $0.contains(#/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /#) })
            try await engine.dockerOutput("rm", "log1")
        }

        @Test func linesCarryTheirTagAndLocalLogsAreRead() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("run", "--name", "tagged", "--log-opt", "tag=of-{{.Name}}", "busybox", "echo", "x")
            #expect(try await engine.dockerOutput("logs", "--details", "tagged") == "tag=of-tagged x")
            try await engine.dockerOutput("rm", "tagged")
            try await engine.dockerOutput(
                "run", "--name", "local", "--log-driver", "local", "--log-opt", "max-size=20k", "--log-opt", "max-file=2", "busybox", "seq",
                "1", "5000")
            let lines = try await engine.dockerOutput("logs", "local").split(separator: "\n").compactMap { Int($0) }
            #expect(lines.last == 5000 && lines.count < 1000 && lines == Array((lines.first ?? 0)...5000))
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.HostConfig.LogConfig.Type}}:{{.LogPath}}.", "local") == "local:.")
            try await engine.dockerOutput("rm", "local")
            let refused = try await engine.docker(["run", "--log-driver", "splunk", "busybox", "true"])
            #expect(refused.code == 125 && refused.errorText.contains("no log driver named 'splunk' is registered"), "\(refused)")
        }

        /// Rotated files are compressed besides: by json-file when asked to, by local unless asked not to.
        @Test(arguments: [
            ("json-file", ["compress=true"], true), ("json-file", [], false), ("local", [], true), ("local", ["compress=0"], false),
        ])
        func rotatedFilesAreCompressed(driver: String, options: [String], isCompressed: Bool) async throws {
            let engine = try Integration.engine
            let name = "packed-\(driver)-\(options.count)"
            let flags = (["max-size=20k", "max-file=3"] + options).flatMap { ["--log-opt", $0] }
            let container = try await engine.dockerOutputs(
                ["run", "-d", "--name", name, "--log-driver", driver] + flags + ["busybox", "sh", "-c", "seq 1 5000; exec sleep 1000"])
            let directory = engine.layout.containerDirectory(container)
            try await eventually("the rotated files of \(name)") {
                let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.contains("json.log") }.sorted()
                let packed = names.filter { $0.hasSuffix(".gz") }.count
                return names.count == 3 && packed == (isCompressed ? 2 : 0) ? true : nil
            }
            func lines() async throws -> [Int] {
                try await engine.dockerOutput("logs", name).split(separator: "\n").compactMap { Int($0) }
            }
            // A reader that is behind keeps the files it hasn't read for a moment.
            try await eventually("the last of its lines and no others", within: .seconds(30)) {
                let lines = try await lines()
                return lines.count < 2000 && lines == Array((lines.first ?? 0)...5000) ? true : nil
            }
            #expect(try await engine.dockerOutput("logs", "--tail", "500", name).split(separator: "\n").count == 500)
            try await engine.dockerOutput("rm", "-f", name)
        }

        @Test func compressionNeedsFilesThatRotate() async throws {
            let engine = try Integration.engine
            for (flags, words) in [
                (["json-file", "--log-opt", "max-file=1"], "compress cannot be true when max-file is less than 2 or max-size is not set"),
                (["json-file", "--log-opt", "max-size=-1"], "compress cannot be true when max-file is less than 2 or max-size is not set"),
                (["local", "--log-opt", "max-file=1"], "compression cannot be enabled when max file count is 1"),
                (["json-file", "--log-opt", "compress=perhaps"], "invalid compress: perhaps"),
            ] {
                let compress = flags.last == "compress=perhaps" ? [] : ["--log-opt", "compress=true"]
                let refused = try await engine.docker(["create", "--log-driver"] + flags + compress + ["busybox", "true"])
                #expect(refused.code == 1 && refused.errorText.contains(words), "\(refused)")
            }
        }

        @Test func followEndsWithTheContainer() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "log2", "busybox", "sh", "-c",
                "for i in $(seq 1 200); do echo line $i; done; while [ ! -f /go ]; do sleep 0.05; done; echo last")
            async let followed = engine.docker(["logs", "-f", "log2"])
            try await engine.dockerOutput("exec", "log2", "touch", "/go")
            let lines = try await followed.text.split(separator: "\n").map(String.init)
            #expect(lines == (1...200).map { "line \($0)" } + ["last"])
            try await engine.dockerOutput("rm", "log2")
        }

        @Test func logOfABusyWriterEnds() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput(
                "run", "-d", "--name", "log4", "busybox", "sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; usleep 2000; done")
            try await eventually("the first lines") { try await engine.dockerOutput("logs", "log4").isEmpty ? nil : true }
            #expect(Int(try await engine.dockerOutput("logs", "--tail", "1", "log4")) ?? 0 > 0)
            try await engine.dockerOutput("rm", "-f", "log4")
        }

        @Test func noLineIsLostOrDoubled() async throws {
            let engine = try Integration.engine
            let result = try await engine.docker(["run", "--name", "log3", "busybox", "seq", "1", "20000"])
            let expected = (1...20000).map { "\($0)\n" }.joined()
            let isLiveWhole = result.text == expected
            #expect(isLiveWhole, "\(result.output.count) bytes of \(expected.utf8.count), or others")
            let logged = try await engine.docker(["logs", "log3"])
            let isLogWhole = logged.text == expected
            #expect(isLogWhole, "\(logged.output.count) bytes of \(expected.utf8.count), or others")
            try await engine.dockerOutput("rm", "log3")
        }
    }
}
