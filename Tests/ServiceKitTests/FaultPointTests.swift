// Fault points: which text arms which place, and for which time.
import Foundation
@testable import ServiceKit
import Testing

@Suite struct FaultPointTests {
    @Test(arguments: [("create.committed", 1), ("create.committed:1", 1), ("create.committed:3", 3)])
    func reachedOnce(text: String, time: Int) throws {
        let fault = try #require(ArmedFault(text))
        let reached = (1...5).filter { _ in fault.isReached("create.committed") }
        #expect(reached == [time])
    }

    @Test func otherPointsDoNotCount() throws {
        let fault = try #require(ArmedFault("a.b:2"))
        #expect(!fault.isReached("a.b"))
        #expect(!fault.isReached("a.c"))
        #expect(fault.isReached("a.b"))
    }

    @Test(arguments: ["", ":", "a:0", "a:-1", "a:x"])
    func armsNothing(text: String) {
        #expect(ArmedFault(text) == nil)
    }

    @Test func aFileNamesAPointOnce() throws {
        let path = NSTemporaryDirectory() + "fault-\(UUID())"
        let file = FaultFile(path: path)
        #expect(!file.takes("a.b"))
        try Data("a.b".utf8).write(to: URL(filePath: path))
        #expect(!file.takes("a.c"))
        #expect(file.takes("a.b"))
        #expect(!file.takes("a.b"))
    }

    @Test func unarmedPointIsPassed() {
        FaultPoint.reach("nobody.arms.this")
        #expect(ArmedFault("x") != nil)
    }
}
