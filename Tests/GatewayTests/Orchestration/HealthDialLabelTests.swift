// The label that has a container's health checked by a connection.
import Contracts
import Testing

@testable import GatewayOrchestration

@Suite struct HealthDialLabelTests {
    @Test(arguments: [
        ("tcp://:6379", DialSpec(.tcp, address: "127.0.0.1", port: 6379, host: "localhost:6379")),
        ("tcp://10.1.2.3:80", DialSpec(.tcp, address: "10.1.2.3", port: 80, host: "10.1.2.3")),
        ("tcp://[::1]:81", DialSpec(.tcp, address: "::1", port: 81, host: "[::1]:81")),
        ("http://", DialSpec(.http, address: "127.0.0.1", port: 80, host: "localhost")),
        ("http://localhost", DialSpec(.http, address: "127.0.0.1", port: 80, host: "localhost")),
        ("http://:81/a%20b?deep=1&x", DialSpec(.http, address: "127.0.0.1", port: 81, target: "/a%20b?deep=1&x", host: "localhost:81")),
        ("http://[fd00::2]/ready", DialSpec(.http, address: "fd00::2", port: 80, target: "/ready", host: "[fd00::2]")),
    ])
    func isUnderstood(label: String, spec: DialSpec) {
        #expect(HealthDialLabel.parse(label) == spec)
    }

    @Test(arguments: [
        "", "true", "80", ":80", "tcp://", "tcp://:0", "tcp://:65536", "tcp://:80/path", "tcp://db:5432", "http://db/", "https://:443/",
        "udp://:53", "http://u:p@:80/", "http://:80/#part", "http://:80/a b", "http://:80/a\r\nX: y", "http://1.2.3:80", "http://:-1/",
    ])
    func isRefused(label: String) {
        #expect(HealthDialLabel.parse(label) == nil)
    }
}
