// Every place where a service can be made to die is one where a test makes it die.
import Testing

@Suite struct FaultPointTests {
    private static let tests = SourceTree.files(in: ["Tests"]).filter { !$0.isBelow("Tests/Tidy") }

    /// `FaultPoint.reach("a.b.c")` and `sequence.step("a.b.c", …)`: no other literals of these services look like that.
    @Test(arguments: ["gateway", "network"]) func eachIsInATest(service: String) throws {
        let literal = try Regex(#""\#(service)\.[a-z]+\.[a-z]+""#)
        let points = Self.literals(literal, SourceTree.files(in: ["Services"]))
        try #require(points.count > 10)
        let untested = points.subtracting(Self.literals(literal, Self.tests))
        #expect(untested.sorted() == [])
    }

    private static func literals(_ pattern: Regex<AnyRegexOutput>, _ files: [SourceTree.File]) -> Set<String> {
        Set(files.flatMap { $0.text.matches(of: pattern).map { String($0.output[0].substring ?? "") } })
    }

    /// Those of the image service have constants.
    @Test(arguments: ["ImageFault", "RegistryFault"]) func eachConstantIsInATest(type: String) throws {
        let file = try #require(SourceTree.files(in: ["Services/Images"]).first { $0.path.hasSuffix("/\(type).swift") })
        let names = file.text.matches(of: /static let (\w+): StaticString/).map { String($0.output.1) }
        try #require(!names.isEmpty)
        let untested = names.filter { name in
            let use = "\(type).\(name)"
            return !Self.tests.contains { $0.text.contains(use + ",") || $0.text.contains(use + ")") }
        }
        #expect(untested == [])
    }
}
