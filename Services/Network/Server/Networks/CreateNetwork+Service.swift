// The sequence that makes a user-defined network.
import Contracts
import Logging
import RPC
import ServiceKit

extension NetworkService {
    /// Makes a network: its subnets, its record, its bridge, its place in the packet filter. Errors as in the contract.
    ///
    /// After the host's routes are known, nothing here waits, so calls don't meet half-way.
    /// A record that isn't marked ready is what a crash leaves: with it, what it
    /// names is cleared away at the next start.
    public func createNetwork(_ request: CreateNetwork.Request) async throws -> CreateNetwork.Response {
        let routes = try await hostRoutes()
        var plan = try NetworkPlan(request, existing: networks)
        var undo = UndoStack()
        do {
            let row = try make(&plan, routes, &undo)
            logger.info("made a network", metadata: ["network": "\(row.name)", "id": "\(row.id)"])
            let found = active[row.id].map { overlaps(of: $0, routes) } ?? []
            let warnings = found.map { "subnet \($0.subnet) overlaps the host's route to \($0.route)" }
            return CreateNetwork.Response(network: row.record(settings: settings), warnings: plan.warnings + warnings)
        } catch {
            undo.unwind { logger.error("can't undo a step", metadata: ["step": "\($0)", "error": "\($1)"]) }
            throw error
        }
    }

    private func make(_ plan: inout NetworkPlan, _ routes: Set<RouteInformation>, _ undo: inout UndoStack) throws -> NetworkRow {
        var row = NetworkRow(
            id: Hexadecimal.random(bytes: 32), name: plan.name, driver: plan.driver, createdAt: Self.now(), stage: .making,
            configuration: plan.configuration)
        var subnets: [ActiveNetwork.Subnet] = []
        if row.hasBridge { try checkDevice(row) }
        if row.hasSubnets {
            if try needsParent(row) { row.configuration?.madeParent = true }
            subnets = try claimSubnets(plan.wishes, of: &row, routes, &undo)
        }
        let (id, store) = (row.id, store)
        undo.push("forget the network") { try store.deleteNetwork(id) }
        try durably { try store.save(row) }
        FaultPoint.reach("network.network.remembered")
        if row.hasSubnets { try raise(row, subnets, &undo) }
        FaultPoint.reach("network.network.made")
        row.stage = .ready
        try durably { try store.save(row) }
        active[id]?.row = row
        networks = (networks + [row]).sorted { $0.name < $1.name }
        FaultPoint.reach("network.network.ready")
        return row
    }

    /// The device must be the engine's own from beginning to end.
    private func checkDevice(_ row: NetworkRow) throws {
        guard try kernel().netlink.link(named: row.bridgeName) == nil else {
            throw RPCError(.conflict, "interface \(row.bridgeName) exists already; give the network another bridge name")
        }
    }

    private func claimSubnets(
        _ wishes: [SubnetWish], of row: inout NetworkRow, _ routes: Set<RouteInformation>, _ undo: inout UndoStack
    ) throws -> [ActiveNetwork.Subnet] {
        let options = NetworkOptions(checked: row.configuration?.options ?? [:], isInternal: row.configuration?.isInternal ?? false)
        var (subnets, pools, chosen): ([ActiveNetwork.Subnet], [NetworkRecord.Pool], [String]) = ([], [], [])
        let isChoosing = wishes.contains { $0.subnet == nil }
        let occupied = isChoosing ? try occupiedPrefixes(routes, except: Set(active.values.map(\.attachment.index))) : []
        for wish in wishes {
            let subnet = try claim(wish, hasGateway: options.hasGateway(wish.family), avoiding: occupied, &undo)
            subnets.append(subnet)
            if subnet.isChosen { chosen.append("\(subnet.pool.pool)") }
            pools.append(
                NetworkRecord.Pool(
                    subnet: "\(subnet.pool.pool)", gateway: subnet.gateway.map { "\($0)" } ?? "",
                    ipRange: wish.range.map { "\($0)" } ?? "", auxiliaryAddresses: wish.auxiliaryAddresses.mapValues { "\($0)" }))
        }
        row.configuration?.pools = pools
        row.configuration?.chosenSubnets = chosen
        return subnets
    }

    /// Pool, gateway, auxiliary addresses: what a subnet takes before any container comes. Used again when the service starts.
    func claim(
        _ wish: SubnetWish, hasGateway: Bool, avoiding occupied: [IPPrefix] = [], _ undo: inout UndoStack
    ) throws -> ActiveNetwork.Subnet {
        if let neighbour = wish.subnet.flatMap({ ipam.neighbour(of: $0) }) { throw IPAMError.poolOverlap("\(neighbour)") }
        let pool = try ipam.requestPool(
            IPAM.PoolRequest(pool: wish.subnet, subPool: wish.range, family: wish.family, excluded: occupied))
        undo.push("release \(pool.pool)") { try self.ipam.releasePool(pool) }
        for address in wish.auxiliaryAddresses.values { _ = try ipam.requestAddress(pool, address) }
        var subnet = ActiveNetwork.Subnet(pool: pool, isChosen: wish.subnet == nil)
        subnet.otherGateway = wish.auxiliaryAddresses[wish.family == .v4 ? "DefaultGatewayIPv4" : "DefaultGatewayIPv6"]
        guard hasGateway else { return subnet }
        subnet.gateway = try ipam.requestAddress(pool, wish.gateway ?? Self.firstHost(of: pool.pool)).address
        return subnet
    }

    /// The first address of a subnet that a host can have.
    private static func firstHost(of subnet: IPPrefix) -> IPAddress {
        let isTiny = subnet.family.width - subnet.length <= 1
        return IPAddress(family: subnet.family, value: subnet.first.value + (isTiny ? 0 : 1))
    }

    private func raise(_ row: NetworkRow, _ subnets: [ActiveNetwork.Subnet], _ undo: inout UndoStack) throws {
        let id = row.id
        if let name = row.ownDevice { undo.push("delete \(name)") { try self.kernel().netlink.deleteLink(named: name) } }
        let network = try raise(row, subnets)
        try tryParent(network)
        active[id] = network
        undo.push("take \(network.bridge) out of the packet filter") {
            self.active[id] = nil
            try self.applyRules(self.changes.removals(of: network.filtered))
        }
        try applyRules(changes.additions(of: network.filtered))
    }
}
