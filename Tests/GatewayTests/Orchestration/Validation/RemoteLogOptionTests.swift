// Options of the log drivers that send.
import Contracts
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct RemoteLogOptionTests {
    private func remote(_ driver: String, _ options: [String: String]) throws -> RemoteLog {
        try RemoteLogOptions(LogConfig(type: driver, config: options)).remote(.example, ["a": "b"])
    }

    @Test(
        arguments: [
            ("syslog", [:], "unixDatagram /dev/log 0"), ("syslog", ["syslog-address": "udp://10.0.0.1"], "udp 10.0.0.1 514"),
            ("syslog", ["syslog-address": "tcp://[::1]:99"], "tcp ::1 99"),
            ("syslog", ["syslog-address": "unixgram:///x"], "unixDatagram /x 0"),
            ("fluentd", [:], "tcp 127.0.0.1 24224"), ("fluentd", ["fluentd-address": "logs:1"], "tcp logs 1"),
            ("fluentd", ["fluentd-address": "unix:///x"], "unixStream /x 0"), ("gelf", ["gelf-address": "udp://h:12201"], "udp h 12201"),
            ("journald", [:], "unixDatagram /run/systemd/journal/socket 0"),
        ] as [(String, [String: String], String)])
    func places(_ driver: String, _ options: [String: String], _ place: String) throws {
        let remote = try remote(driver, options)
        #expect("\(remote.transport.rawValue) \(remote.address) \(remote.port)" == place)
        #expect(remote.tag == "0" && remote.attributes == ["a": "b"] && remote.containerName == "name")
    }

    @Test(
        arguments: [
            ("syslog", ["syslog-address": "tcp+tls://h:1"]), ("syslog", ["syslog-format": "x"]), ("syslog", ["syslog-facility": "x"]),
            ("syslog", ["syslog-address": "nonsense"]), ("gelf", [:]), ("gelf", ["gelf-address": "udp://h"]), ("gelf", ["tag": "{{.X}}"]),
            ("fluentd", ["fluentd-address": "udp://h:1"]), ("fluentd", ["max-buffer-size": "1m"]), ("journald", ["syslog-format": ""]),
            ("journald", ["mode": "x"]), ("syslog", ["syslog-tls-cert": "/x"]), ("fluentd", ["fluentd-request-ack": "true"]),
        ] as [(String, [String: String])])
    func refused(_ driver: String, _ options: [String: String]) {
        var report = SettingsReport()
        LogOptionsCheck.check(LogConfig(type: driver, config: options), &report)
        #expect(report.faults.count == 1, "\(report)")
    }

    @Test func whatIsSentIsKeptHereToo() throws {
        let config = LogConfig(
            type: "syslog", config: ["syslog-facility": "local7", "syslog-format": "rfc5424", "labels": "l", "tag": "x"])
        let spec = try LogOptionsCheck.specification(config, labels: ["l": "v"], environment: [], subject: .example)
        #expect(spec.driver == .jsonFile && spec.maxSize == 20 << 20 && spec.attributes.isEmpty)
        let remote = try #require(spec.remote)
        #expect(remote.facility == 23 && remote.format == .rfc5424 && remote.tag == "x" && remote.attributes == ["l": "v"])
        var report = SettingsReport()
        LogOptionsCheck.check(LogConfig(type: "gelf", config: ["gelf-address": "udp://h:1", "gelf-compression-type": "gzip"]), &report)
        #expect(report.faults.isEmpty && report.warnings.count == 1)
    }

    @Test func namesAreLookedUp() {
        #expect(LogService.lookUp("127.0.0.1") == "127.0.0.1" && LogService.lookUp("name.invalid") == nil)
    }
}
