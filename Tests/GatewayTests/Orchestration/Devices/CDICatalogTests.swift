// All files together: which description of a device counts, and what several devices add.
@testable import GatewayOrchestration
import Testing

@Suite struct CDICatalogTests {
    private static func file(_ path: String, _ priority: Int, _ devices: [String], variable: String) -> CDIFile {
        let all = devices.map { CDISpec.Device(name: $0, edits: CDIEdits(env: ["\(variable)_\($0)=1"])) }
        let spec = CDISpec(version: "0.5.0", kind: "vendor.com/net", devices: all, edits: CDIEdits(env: ["\(variable)=1"]))
        return CDIFile(path: path, priority: priority, content: .success(spec))
    }

    @Test func laterDirectoriesWin() throws {
        let catalog = CDICatalog([Self.file("/a/x", 0, ["one", "two"], variable: "A"), Self.file("/b/x", 1, ["one"], variable: "B")])
        #expect(catalog.names == ["vendor.com/net=one", "vendor.com/net=two"] && catalog.faults.isEmpty)
        #expect(try catalog.edits(for: ["vendor.com/net=one"]).env == ["B=1", "B_one=1"])
    }

    @Test func ofTwoInADirectoryNeitherCounts() throws {
        let files = [Self.file("/a/x", 0, ["one", "two"], variable: "A"), Self.file("/a/y", 0, ["one"], variable: "B")]
        let catalog = CDICatalog(files)
        #expect(catalog.names == ["vendor.com/net=two"])
        let words = #"conflicting device "vendor.com/net=one" (specs "/a/y", "/a/x")"#
        #expect(catalog.faults == [.init(path: "/a/x", words: words), .init(path: "/a/y", words: words)])
        let fault = #expect(throws: CDIFault.self) { try catalog.edits(for: ["vendor.com/net=one"]) }
        #expect(fault?.words == "unresolvable CDI devices vendor.com/net=one")
        let higher = CDICatalog(files + [Self.file("/b/z", 1, ["one"], variable: "C")])
        #expect(try higher.edits(for: ["vendor.com/net=one"]).env == ["C=1", "C_one=1"])
    }

    @Test func whatIsForAllOfASpecificationComesOnce() throws {
        let catalog = CDICatalog([Self.file("/a/x", 0, ["one", "two"], variable: "A")])
        let edits = try catalog.edits(for: ["vendor.com/net=two", "vendor.com/net=one"])
        #expect(edits.env == ["A=1", "A_two=1", "A_one=1"])
    }

    @Test func unknownNamesAreToldTogether() {
        let catalog = CDICatalog([CDIFile(path: "/a/x", priority: 0, content: .failure(CDIFault("\"/a/x\": it is bad")))])
        #expect(catalog.faults.map(\.words) == ["failed to load CDI Spec \"/a/x\": it is bad"])
        let fault = #expect(throws: CDIFault.self) { try catalog.edits(for: ["a/b=c", "d"]) }
        #expect(fault?.words == "unresolvable CDI devices a/b=c, d")
    }
}
