// Device specifications: what is read of them, and what is wrong with others.
import Foundation
@testable import GatewayOrchestration
import Testing

@Suite struct CDISpecTests {
    static func parse(_ text: String) throws(CDIFault) -> CDISpec { try CDISpec.parse(Data(text.utf8)) }

    /// A specification of one device.
    static func spec(
        _ version: String = "0.5.0", kind: String = "vendor.com/net", name: String = "one", edits: String = #"{"env":["A=1"]}"#,
        more: String = ""
    ) -> String {
        #"{"cdiVersion":"\#(version)","kind":"\#(kind)","devices":[{"name":"\#(name)","containerEdits":\#(edits)}]\#(more)}"#
    }

    @Test func everyFieldIsRead() throws {
        let edits = #"""
            {"env":["A=1"],"deviceNodes":[{"path":"/dev/a","hostPath":"/dev/b","type":"c","major":10,"minor":229,"fileMode":432,
             "permissions":"rw","uid":5,"gid":6}],
             "mounts":[{"hostPath":"/x","containerPath":"/y","options":["ro"],"type":"bind"}],
             "hooks":[{"hookName":"createContainer","path":"/h","args":["h"],"env":["B=2"],"timeout":7}],"additionalGids":[0,44],
             "intelRdt":{"closID":"x"}}
            """#
        let spec = try Self.parse(Self.spec("0.8.0", edits: edits, more: #","containerEdits":{"env":["C=3"]},"annotations":{"n":"v"}"#))
        #expect(spec.version == "0.8.0" && spec.kind == "vendor.com/net" && spec.hasAnnotations)
        #expect(spec.edits == CDIEdits(env: ["C=3"]))
        let node = CDIDeviceNode(
            path: "/dev/a", hostPath: "/dev/b", type: "c", major: 10, minor: 229, fileMode: 0o660, permissions: "rw", uid: 5, gid: 6)
        let expected = CDIEdits(
            env: ["A=1"], deviceNodes: [node],
            mounts: [CDIMount(hostPath: "/x", containerPath: "/y", options: ["ro"], type: "bind")],
            hooks: [CDIHook(name: "createContainer", path: "/h", args: ["h"], env: ["B=2"], timeout: 7)], additionalGids: [0, 44],
            hasIntelRdt: true)
        #expect(spec.devices == [CDISpec.Device(name: "one", edits: expected)])
    }

    @Test(arguments: [
        ("{", "failed to unmarshal CDI Spec: "),
        (#"{"cdiVersion":"0.5.0","kind":7}"#, "failed to unmarshal CDI Spec: kind is no String"),
        (spec(more: #","extra":1"#), "failed to unmarshal CDI Spec: unknown field \"extra\""),
        (spec(edits: #"{"environment":[]}"#), "unknown field \"environment\""),
        (spec(edits: #"{"mounts":[{"source":"/x"}]}"#), "unknown field \"source\""),
        (spec("2.0.0"), "invalid CDI Spec: invalid version \"2.0.0\""),
        (spec(""), "invalid version \"\""),
        (spec(kind: "net"), "invalid vendor. empty name"),
        (spec(kind: "9vendor/net"), "invalid vendor. \"9vendor\", should start with letter"),
        (spec(kind: "vendor/n et"), "invalid class. invalid character ' ' in name \"n et\""),
        (spec(kind: "vendor/net-"), "invalid class. \"net-\", should end with a letter or digit"),
        (spec(name: "a,b"), "failed add device \"a,b\": invalid character ',' in device name \"a,b\""),
        (spec(name: ""), "invalid (empty) device name"),
        (spec(edits: "{}"), "invalid device, empty device edits"),
        (spec(edits: #"{"env":["=1"]}"#), "invalid container edits: invalid environment variable \"=1\""),
        (spec(edits: #"{"deviceNodes":[{"path":""}]}"#), "invalid (empty) device path"),
        (spec(edits: #"{"deviceNodes":[{"path":"/d","type":"x"}]}"#), "device \"/d\": invalid type \"x\""),
        (spec(edits: #"{"deviceNodes":[{"path":"/d","major":-1}]}"#), "device \"/d\": invalid (negative) device number -1:0"),
        (spec(edits: #"{"deviceNodes":[{"path":"/d","permissions":"rx"}]}"#), "device \"/d\": invalid permissions \"rx\""),
        (spec(edits: #"{"mounts":[{"hostPath":"","containerPath":"/y"}]}"#), "invalid mount, empty host path"),
        (spec(edits: #"{"mounts":[{"hostPath":"/x"}]}"#), "invalid mount, empty container path"),
        (spec(edits: #"{"hooks":[{"hookName":"never","path":"/h"}]}"#), "invalid hook name \"never\""),
        (spec(edits: #"{"hooks":[{"hookName":"poststop","path":""}]}"#), "invalid hook \"poststop\" with empty path"),
        (#"{"cdiVersion":"0.5.0","kind":"vendor/net","devices":[]}"#, "invalid spec, no devices"),
    ])
    func whatIsWrongIsSaid(text: String, words: String) {
        let fault = #expect(throws: CDIFault.self) { try Self.parse(text) }
        #expect(fault?.words.contains(words) == true, "\(fault?.words ?? "")")
    }

    @Test func aNameMayNotComeTwice() {
        let device = #"{"name":"a","containerEdits":{"env":["A=1"]}}"#
        let fault = #expect(throws: CDIFault.self) {
            try Self.parse(#"{"cdiVersion":"0.5.0","kind":"vendor/net","devices":[\#(device),\#(device)]}"#)
        }
        #expect(fault?.words.hasSuffix("invalid spec, multiple device \"a\"") == true)
    }

    @Test(arguments: [
        ("0.4.0", spec("0.3.0", edits: #"{"mounts":[{"hostPath":"/x","containerPath":"/y","type":"bind"}]}"#)),
        ("0.5.0", spec("0.4.0", name: "0")),
        ("0.5.0", spec("0.4.0", edits: #"{"deviceNodes":[{"path":"/d","hostPath":"/e"}]}"#)),
        ("0.6.0", spec("0.5.0", more: #","annotations":{"a":"b"}"#)),
        ("0.6.0", spec("0.5.0", kind: "vendor/net.card")),
        ("0.7.0", spec("0.6.0", edits: #"{"additionalGids":[1]}"#)),
        ("1.1.0", spec("1.0.0", edits: #"{"netDevices":[{"hostInterfaceName":"eth0","name":"eth1"}]}"#)),
    ])
    func whatANewerVersionBroughtNeedsIt(version: String, text: String) throws {
        let fault = #expect(throws: CDIFault.self) { try Self.parse(text) }
        #expect(fault?.words == "invalid CDI Spec: the spec version must be at least v\(version)")
        let own = try #require(text.firstRange(of: /"cdiVersion":"[0-9.]+"/))
        _ = try Self.parse(text.replacingCharacters(in: own, with: #""cdiVersion":"\#(version)""#))
    }
}
