// Which log a container gets, and what its lines carry.
import Contracts
@testable import GatewayOrchestration
import Models
import RPC
import Testing

@Suite struct LogOptionTests {
    private static let subject = LogTag.Subject(
        id: String(repeating: "ab", count: 32), name: "web", imageID: "sha256:" + String(repeating: "c", count: 64), imageName: "busybox",
        command: "sh -c true")

    private func specification(_ type: String, _ options: [String: String] = [:]) throws -> LogSpec {
        try LogOptionsCheck.specification(
            LogConfig(type: type, config: options), labels: ["team": "red", "tier": "one"], environment: ["MODE=fast", "HOME=/"],
            subject: Self.subject)
    }

    private func faults(_ type: String, _ options: [String: String]) -> [String] {
        var report = SettingsReport()
        LogOptionsCheck.check(LogConfig(type: type, config: options), &report)
        return report.faults
    }

    @Test func aLogHasLimitsUnlessItIsSaidToHaveNone() throws {
        #expect(try specification("") == LogSpec(driver: .jsonFile, maxSize: 20 << 20, maxFile: 5, compresses: false))
        let unlimited = LogSpec(driver: .jsonFile, maxSize: nil, maxFile: 1, compresses: false)
        #expect(try specification("json-file", ["max-size": "-1"]) == unlimited)
        let limited = LogSpec(driver: .jsonFile, maxSize: 1 << 20, maxFile: 3, compresses: false)
        #expect(try specification("json-file", ["max-size": "1m", "max-file": "3"]) == limited)
        #expect(try specification("local") == LogSpec(driver: .jsonFile, maxSize: 20 << 20, maxFile: 5, compresses: true))
        #expect(try specification("json-file", ["max-size": "1m", "max-file": "2", "compress": "T"]).compresses == true)
        #expect(try specification("local", ["max-size": "1m"]).maxFile == 5)
        #expect(try specification("none").driver == .none)
        #expect(try specification("json-file", ["mode": "blocking"]).bufferBytes == nil)
        #expect(try specification("local", ["mode": "non-blocking"]).bufferBytes == 1 << 20)
        #expect(try specification("syslog", ["mode": "non-blocking"]).bufferBytes == 1 << 20)
        #expect(try specification("json-file", ["mode": "non-blocking", "max-buffer-size": "4m"]).bufferBytes == 4 << 20)
    }

    @Test func linesCarryWhatTheOptionsName() throws {
        let named = try specification("json-file", ["labels": "team", "env": "MODE"])
        #expect(named.attributes == ["team": "red", "MODE": "fast"])
        let matched = try specification("json-file", ["labels-regex": "^t", "env-regex": "^MO"])
        #expect(matched.attributes == ["team": "red", "tier": "one", "MODE": "fast"])
        #expect(try specification("json-file", ["tag": "{{.Name}}/{{ .ID }}"]).attributes == ["tag": "web/abababababab"])
    }

    @Test(arguments: [
        ("{{.FullID}}", String(repeating: "ab", count: 32)), ("{{.ImageID}}", String(repeating: "c", count: 12)),
        ("x {{.ImageName}} {{.Command}} y", "x busybox sh -c true y"), ("plain", "plain"), ("{{.DaemonName}}", "berth"),
    ])
    func aTagIsATemplate(template: String, text: String) throws {
        #expect(try LogTag.render(template, Self.subject) == text)
    }

    @Test func whatMakesNoSenseIsRefused() {
        #expect(faults("json-file", ["tag": "{{.Nothing}}"]).count == 1)
        #expect(faults("json-file", ["tag": "{{.ID"]).count == 1)
        #expect(faults("json-file", ["labels-regex": "("]).count == 1)
        #expect(faults("local", ["tag": "x"]) == ["unknown log opt 'tag' for log driver local"])
        #expect(faults("json-file", ["mode": "sometimes"]) == ["logger: invalid logging mode: sometimes"])
        let alone = "logger: max-buffer-size option is only supported with 'mode=non-blocking'"
        #expect(faults("json-file", ["max-buffer-size": "1m"]) == [alone])
        #expect(faults("local", ["max-buffer-size": "1m", "mode": "blocking"]) == [alone])
        let wrong = ["max-buffer-size": "x", "mode": "non-blocking"]
        #expect(faults("json-file", wrong) == ["error parsing option max-buffer-size: invalid size: 'x'"])
        #expect(faults("splunk", [:]).first?.contains("no log driver named 'splunk' is registered") == true)
        #expect(faults("json-file", ["max-size": "-1", "labels": "a", "env-regex": "^A"]).isEmpty)
    }
}
