// Ranges of IDs: given out once, and chosen for binds.
import Contracts
@testable import GatewayOrchestration
import RPC
import Testing

@Suite struct IDRangeTests {
    private func first(_ map: IDMap) -> UInt32? { map.users.first?.outside }

    @Test func lowestFreeRangeIsGivenOnce() throws {
        let ledger = IDRangeLedger(pool: [IDRange(inside: 0, outside: 1000, count: 100), IDRange(inside: 0, outside: 5000, count: 30)])
        #expect(try first(ledger.reserve(40, for: "a") { [] }) == 1000)
        #expect(try first(ledger.reserve(40, for: "b") { [] }) == 1040)
        // What is left of the first is too small.
        #expect(try first(ledger.reserve(30, for: "c") { [] }) == 5000)
        let error = #expect(throws: RPCError.self) { try ledger.reserve(30, for: "d") { [] } }
        #expect(error?.code == .conflict)
        ledger.release("a")
        #expect(try first(ledger.reserve(40, for: "d") { [IDMap(first: 900, count: 50)] }) == 1000)
    }

    @Test func whatIsOnRecordIsTaken() throws {
        let ledger = IDRangeLedger(pool: [IDRange(inside: 0, outside: 1000, count: 100)])
        let records = [IDMap(first: 1020, count: 10), IDMap(first: 990, count: 15), IDMap(first: 70_000, count: 5)]
        #expect(try first(ledger.reserve(15, for: "a") { records }) == 1005)
        #expect(try first(ledger.reserve(16, for: "b") { records }) == 1030)
        ledger.release("a")
        #expect(try first(ledger.reserve(10, for: "c") { records }) == 1005)
    }

    @Test func mapsBothWays() {
        let ranges = [IDRange(inside: 0, outside: 500, count: 10), IDRange(inside: 10, outside: 900, count: 5)]
        #expect(ranges.outside(of: 9) == 509 && ranges.outside(of: 10) == 900 && ranges.outside(of: 15) == nil)
        #expect(ranges.inside(of: 904) == 14 && ranges.inside(of: 905) == nil && ranges.inside(of: 0) == nil)
        #expect(ranges.kernelText == "0 500 10\n10 900 5\n")
    }

    @Test func optionChoosesOwners() throws {
        let container = IDMap(first: 100_000, count: 1000)
        #expect(try IDMapOption("ro") == nil && IDMapOption("idmapped") == nil)
        #expect(try IDMapOption("idmap")?.map(in: container) == container)
        let chosen = try #require(try IDMapOption("idmap=uids=1000-0-1#5-6-7;gids=@50-3-2")).map(in: container)
        #expect(chosen.users == [IDRange(inside: 1000, outside: 0, count: 1), IDRange(inside: 5, outside: 6, count: 7)])
        #expect(chosen.groups == [IDRange(inside: 50, outside: 100_003, count: 2)])
        // What isn't chosen is the container's.
        #expect(try IDMapOption("idmap=uids=1-2-3")?.map(in: container).groups == container.groups)
        #expect(try IDMapOption("idmap=uids=1-2-3")?.map(in: nil).groups == [IDRange(inside: 0, outside: 0, count: .max)])
        #expect(throws: RPCError.self) { try IDMapOption("idmap")?.map(in: nil) }
        #expect(throws: RPCError.self) { try IDMapOption("idmap=uids=@0-999-2")?.map(in: container) }
    }

    @Test(arguments: [
        "idmap=", "idmap=uids", "idmap=uids=", "idmap=uids=1-2", "idmap=uids=1-2-0", "idmap=x=1-2-3",
        "idmap=uids=1-2-3#"
            + "a", "idmap=gids=4294967295-0-2",
    ])
    func badOptionsAreRefused(_ text: String) {
        #expect(throws: RPCError.self) { try IDMapOption(text) }
    }

    @Test func bindsTakeTheOption() throws {
        let bind = try BindSpecification("/src:/dst:ro,idmap=uids=0-1000-1;gids=0-1000-1,rslave")
        #expect(bind.readonly && bind.propagation == "rslave" && bind.idMapping == "idmap=uids=0-1000-1;gids=0-1000-1")
        #expect(try BindSpecification("name:/dst:idmap").idMapping == "idmap")
        #expect(throws: RPCError.self) { try BindSpecification("/src:/dst:idmap,idmap") }
        #expect(throws: RPCError.self) { try BindSpecification("/src:/dst:idmap=1") }
    }
}
