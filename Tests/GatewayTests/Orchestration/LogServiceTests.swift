// Where log services are is asked of name servers, which may take their time.
import Dispatch
@testable import GatewayOrchestration
import RPC
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LogServiceTests {
    @Test func aSlowNameHoldsUpNoOther() async throws {
        let latch = DispatchSemaphore(value: 0)
        async let slow = LogService.address(of: "slow", within: .seconds(60)) { _ in
            latch.wait()
            return "192.0.2.1"
        }
        #expect(try await LogService.address(of: "quick", within: .seconds(60)) { _ in "192.0.2.2" } == "192.0.2.2")
        latch.signal()
        #expect(try await slow == "192.0.2.1")
    }

    @Test func whatIsNotAnsweredInTimeIsAFailure() async throws {
        let latch = DispatchSemaphore(value: 0)
        let words = "failed to initialize logging driver: lookup slow: "
        await #expect(throws: RPCError(.internalError, words + "i/o timeout")) { () async throws in
            _ = try await LogService.address(of: "slow", within: .milliseconds(50)) { _ in
                latch.wait()
                return nil
            }
        }
        latch.signal()
        await #expect(throws: RPCError(.internalError, words + "no such host")) { () async throws in
            _ = try await LogService.address(of: "slow", within: .seconds(60)) { _ in nil }
        }
    }
}
