// Pools and addresses: the contract of Docker's address management, its errors by name.
import RPC
import Testing

@testable import NetworkServer

struct IPAMTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func ipam() throws -> IPAM {
        let templates = [("10.213.0.0/16", 24), ("fd00:213::/48", 64)]
        return IPAM(predefined: try templates.map { try #require(PoolTemplate(base: prefix($0.0), size: $0.1)) })
    }

    @Test func poolsAreChosenInOrderAndAvoidWhatIsTaken() throws {
        var ipam = try ipam()
        let excluded = [try prefix("10.213.1.128/25")]
        let first = try ipam.requestPool(.init(excluded: excluded))
        let second = try ipam.requestPool(.init(excluded: excluded))
        #expect([first.pool.description, second.pool.description] == ["10.213.0.0/24", "10.213.2.0/24"])
        #expect(try ipam.requestPool(.init(family: .v6)).pool.description == "fd00:213::/64")
    }

    @Test func sameRequestGivesSamePoolAndCounts() throws {
        var ipam = try ipam()
        let request = IPAM.PoolRequest(pool: try prefix("10.9.0.0/16"), subPool: try prefix("10.9.3.0/24"))
        let id = try ipam.requestPool(request)
        #expect(try ipam.requestPool(request) == id)
        try ipam.releasePool(id)
        _ = try ipam.requestAddress(id)
        try ipam.releasePool(id)
        #expect(throws: IPAMError.invalidPool("10.9.0.0/16")) { _ = try ipam.requestAddress(id) }
        #expect(throws: IPAMError.invalidPool("10.9.0.0/16")) { try ipam.releasePool(id) }
    }

    @Test func remembersWhichAddressesHadOwners() throws {
        var ipam = try ipam()
        let id = try ipam.requestPool(.init(pool: prefix("10.9.0.0/24")))
        let (used, fresh) = (try address("10.9.0.7"), try address("10.9.0.8"))
        _ = try ipam.requestAddress(id, used)
        #expect(!ipam.hadOwner(id, used))
        try ipam.releaseAddress(id, fresh)
        try ipam.releaseAddress(id, used)
        #expect(ipam.hadOwner(id, used) && !ipam.hadOwner(id, fresh))
        _ = try ipam.requestAddress(id, used)
        #expect(ipam.hadOwner(id, used))
        try ipam.releasePool(id)
        let again = try ipam.requestPool(.init(pool: prefix("10.9.0.0/24")))
        #expect(!ipam.hadOwner(again, used))
    }

    @Test func poolsDoNotOverlap() throws {
        var ipam = try ipam()
        _ = try ipam.requestPool(.init(pool: prefix("10.9.0.0/16")))
        #expect(throws: IPAMError.poolOverlap("10.9.0.0/16")) { _ = try ipam.requestPool(.init(pool: try prefix("10.0.0.0/8"))) }
    }

    @Test func refusesBadRequestsByName() throws {
        var ipam = try ipam()
        #expect(throws: IPAMError.invalidSubPool("10.9.0.0/24 without a pool")) {
            _ = try ipam.requestPool(.init(subPool: try prefix("10.9.0.0/24")))
        }
        #expect(throws: IPAMError.invalidSubPool("10.8.0.0/24 is not within 10.9.0.0/16")) {
            _ = try ipam.requestPool(.init(pool: try prefix("10.9.0.0/16"), subPool: try prefix("10.8.0.0/24")))
        }
    }

    @Test func predefinedPoolsRunOut() throws {
        var ipam = IPAM(predefined: [try #require(PoolTemplate(base: prefix("10.213.0.0/22"), size: 24))])
        for _ in 0..<4 { _ = try ipam.requestPool(.init()) }
        #expect(throws: IPAMError.noMorePredefinedPools) { _ = try ipam.requestPool(.init()) }
    }

    @Test func addressesAscendAndAreNotReusedAtOnce() throws {
        var ipam = try ipam()
        let id = try ipam.requestPool(.init(pool: prefix("10.9.0.0/29")))
        let first = try (0..<3).map { _ in try ipam.requestAddress(id).description }
        #expect(first == ["10.9.0.1/29", "10.9.0.2/29", "10.9.0.3/29"])
        try ipam.releaseAddress(id, address("10.9.0.2"))
        let next = try (0..<4).map { _ in try ipam.requestAddress(id).address.description }
        #expect(next == ["10.9.0.4", "10.9.0.5", "10.9.0.6", "10.9.0.2"])
        #expect(throws: IPAMError.noAvailableAddresses(pool: "10.9.0.0/29")) { _ = try ipam.requestAddress(id) }
    }

    @Test func subPoolsShareTheAddressesOfTheirPool() throws {
        var ipam = try ipam()
        let whole = try ipam.requestPool(.init(pool: prefix("10.9.0.0/24")))
        let half = try ipam.requestPool(.init(pool: prefix("10.9.0.0/24"), subPool: prefix("10.9.0.0/25")))
        #expect(try ipam.requestAddress(half).address.description == "10.9.0.1")
        #expect(try ipam.requestAddress(whole).address.description == "10.9.0.2")
        try ipam.releasePool(whole)
        #expect(throws: IPAMError.invalidPool("10.9.0.0/24")) { _ = try ipam.requestAddress(whole) }
        #expect(try ipam.requestAddress(half).address.description == "10.9.0.3")
        #expect(ipam.neighbour(of: try prefix("10.9.0.128/25"))?.description == "10.9.0.0/24")
        try ipam.releasePool(half)
        #expect(ipam.neighbour(of: try prefix("10.0.0.0/8")) == nil)
    }

    @Test func addressesBeyondCounting() throws {
        var ipam = try ipam()
        let id = try ipam.requestPool(.init(pool: prefix("fd00:9::/48")))
        let far = try address("fd00:9:0:ffff:ffff:ffff:ffff:ffff")
        #expect(try ipam.requestAddress(id, far).address == far)
        #expect(throws: IPAMError.addressInUse(far)) { _ = try ipam.requestAddress(id, far) }
        try ipam.releaseAddress(id, far)
        _ = try ipam.requestAddress(id, far)
        let near = try ipam.requestPool(.init(pool: prefix("fd00:8::/64"), subPool: prefix("fd00:8::ffff:0:0:0/80")))
        #expect(try ipam.requestAddress(near).address.description == "fd00:8:0:0:ffff::")
    }

    /// Pools and addresses at random, against dictionaries of plain sets.
    /// A range may begin where offsets in the subnet don't fit 64 bits any more.
    @Test func rangesBeyondCounting() throws {
        let prefix = try #require(IPPrefix("fd00::/56"))
        let range = try #require(IPPrefix("fd00:0:0:aa:ffff:ffff:ffff:fffe/127"))
        var pool = AddressPool(prefix: prefix)
        let first = try pool.request(nil, from: range)
        #expect("\(first)" == "fd00::aa:ffff:ffff:ffff:fffe")
        #expect("\(try pool.request(nil, from: range))" == "fd00::aa:ffff:ffff:ffff:ffff")
        #expect(throws: IPAMError.noAvailableAddresses(pool: "\(range)")) { try pool.request(nil, from: range) }
        try pool.release(first)
        #expect(try pool.request(nil, from: range) == first)
    }

    @Test func agreesWithAPlainModelOfPools() throws {
        var ipam = try ipam()
        var random = Xorshift(seed: 7)
        var model: [IPAM.PoolID: (references: Int, taken: Set<IPAddress>)] = [:]
        let wishes = try ["10.1.0.0/28", "10.1.0.16/28", "10.1.0.0/27", "fd00:1::/124"].map(prefix)
        for _ in 0..<6000 {
            let pool = wishes[Int(random.next() % UInt64(wishes.count))]
            let id = IPAM.PoolID(pool: pool, subPool: nil)
            let known = model[id]
            switch random.next() % 5 {
            case 0:
                let overlaps = known == nil && model.keys.contains { $0.pool.overlaps(pool) }
                let result = Result { try ipam.requestPool(.init(pool: pool)) }
                #expect((try? result.get()) == (overlaps ? nil : id))
                if !overlaps { model[id] = ((known?.references ?? 0) + 1, known?.taken ?? []) }
            case 1:
                let isReleased = (try? ipam.releasePool(id)) != nil
                #expect(isReleased == (known != nil))
                if let known { model[id] = known.references > 1 ? (known.references - 1, known.taken) : nil }
            case 2:
                guard let victim = known?.taken.sorted().first else { continue }
                try ipam.releaseAddress(id, victim)
                model[id]?.taken.remove(victim)
            default:
                let given = (try? ipam.requestAddress(id))?.address
                let room = pool.family == .v4 ? (1 << (32 - pool.length)) - 2 : 15
                #expect((given != nil) == (known.map { $0.taken.count < room } ?? false))
                guard let given else { continue }
                #expect(known?.taken.contains(given) == false && pool.contains(given))
                model[id]?.taken.insert(given)
            }
        }
    }

    @Test func staticAddresses() throws {
        var ipam = try ipam()
        let id = try ipam.requestPool(.init(pool: prefix("10.9.0.0/24"), subPool: prefix("10.9.0.128/25")))
        #expect(try ipam.requestAddress(id, address("10.9.0.7")).description == "10.9.0.7/24")
        #expect(try ipam.requestAddress(id).description == "10.9.0.128/24")
        #expect(throws: IPAMError.addressInUse(try address("10.9.0.7"))) { _ = try ipam.requestAddress(id, try address("10.9.0.7")) }
        #expect(throws: IPAMError.addressInUse(try address("10.9.0.255"))) { _ = try ipam.requestAddress(id, try address("10.9.0.255")) }
        #expect(throws: IPAMError.addressOutOfRange(try address("10.9.1.7"))) { _ = try ipam.requestAddress(id, try address("10.9.1.7")) }
        #expect(throws: IPAMError.addressOutOfRange(try address("fd00::7"))) { try ipam.releaseAddress(id, try address("fd00::7")) }
        try ipam.releaseAddress(id, address("10.9.0.7"))
        _ = try ipam.requestAddress(id, address("10.9.0.7"))
    }

    @Test(arguments: [
        ("10.9.0.0/31", ["10.9.0.0", "10.9.0.1"]), ("10.9.0.5/32", ["10.9.0.5"]), ("10.9.0.0/30", ["10.9.0.1", "10.9.0.2"]),
    ])
    func smallestSubnets(pool: String, all: [String]) throws {
        var pool = AddressPool(prefix: try prefix(pool))
        #expect(try all.map { _ in try pool.request(nil).description } == all)
        #expect(throws: IPAMError.self) { _ = try pool.request(nil) }
    }

    @Test func vastSubnetsWork() throws {
        var pool = AddressPool(prefix: try prefix("fd00::/64"))
        #expect(try pool.request(nil).description == "fd00::1")
        var everything = AddressPool(prefix: try prefix("10.0.0.0/8"))
        #expect(try everything.request(nil).description == "10.0.0.1")
    }

    /// Random requests and releases, against a set that knows no better than to look at every address.
    @Test func agreesWithNaiveModel() throws {
        var pool = AddressPool(prefix: try prefix("10.9.0.0/25"))
        var taken = Set<IPAddress>()
        var random = Xorshift(seed: 42)
        for _ in 0..<5000 {
            if random.next() % 2 == 0, let victim = taken.sorted().dropFirst(Int(random.next() % 126) % max(taken.count, 1)).first {
                try pool.release(victim)
                taken.remove(victim)
            } else if taken.count == 126 {
                #expect(throws: IPAMError.self) { _ = try pool.request(nil) }
            } else {
                let address = try pool.request(nil)
                #expect(taken.insert(address).inserted)
                #expect(pool.prefix.contains(address) && address != pool.prefix.first && address != pool.prefix.last)
            }
        }
    }

    @Test(arguments: [
        (IPAMError.addressInUse(.anyIPv4), RPCError.Code.forbidden), (.poolOverlap("x"), .forbidden),
        (.invalidPool("x"), .invalidParameter),
        (.noMorePredefinedPools, .resourceExhausted), (.noAvailableAddresses(pool: "x"), .resourceExhausted),
    ])
    func errorsHaveCodes(error: IPAMError, code: RPCError.Code) {
        #expect(error.rpcError.code == code)
    }
}
