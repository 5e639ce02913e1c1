// Tests that can fail, and that wait for conditions instead of time.
import Testing

@Suite struct TestShapeTests {
    private static let tests = SourceTree.files(in: ["Tests"])

    @Test func everyTestFileChecksSomething() {
        let idle = Self.tests.filter { file in
            let code = file.code
            return code.contains { $0.contains("@Test") } && !code.contains { $0.contains(/#expect|#require|Issue\.record/) }
        }
        #expect(idle.map(\.path) == [])
    }

    @Test func noTestSleeps() {
        let sleepers = Self.tests.flatMap { file in
            file.code.enumerated().filter { $0.element.contains(/\bsleep\s*\(|\b[nu](ano)?sleep\s*\(/) }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(sleepers == [])
    }

    @Test func noPlaceholder() {
        #expect(SourceTree.files().map(\.path).filter { $0.contains("Placeholder") } == [])
    }
}
