// Tells when the host gets a route that overlaps a network's subnet, as VPNs bring them.
import CNetlink
import Contracts
import Glibc
import Logging

extension NetworkService {
    /// From now on such routes are told about, those first that came while no service was there.
    func watchRoutes() async throws {
        let (stream, news) = AsyncStream.makeStream(of: RouteWatch.News.self)
        routes = try await RouteWatch(home: visit.home, news: news)
        // Whatever went away before the watch began.
        await restoreBridges()
        await lookAtRoutes()
        Task { [weak self] in
            for await news in stream { await self?.take(news) }
        }
    }

    private func take(_ news: RouteWatch.News) async {
        guard routes != nil else { return }
        guard case .changes(let changes) = news else {
            await restoreBridges()
            return await lookAtRoutes()
        }
        await restoreBridges(lost: Set(changes.compactMap(\.lostInterface)))
        let targets = overlapTargets
        tell(changes.flatMap { overlaps.apply($0, to: targets) })
    }

    private func lookAtRoutes() async {
        do {
            let all = try await hostRoutes()
            tell(overlaps.replace(by: all, targets: overlapTargets))
        } catch {
            logger.error("can't look at the host's routes", metadata: ["error": "\(error)"])
        }
    }

    /// All there are, but those to everywhere.
    func hostRoutes() async throws -> Set<RouteInformation> {
        if let routes { return try await routes.routes() }
        let netlink = try kernel().netlink
        return Set(try (netlink.routes(.v4) + netlink.routes(.v6)).filter(\.isSpecific))
    }

    /// Subnets of macvlan and ipvlan networks are their parents', and the host has routes to those.
    private var overlapTargets: [RouteOverlaps.Target] {
        active.values.filter(\.isBridge).map { network in
            RouteOverlaps.Target(networkID: network.id, bridge: network.attachment.index, subnets: network.subnets.map(\.pool.pool))
        }
    }

    private func tell(_ overlaps: [RouteOverlap]) {
        for overlap in overlaps {
            guard let network = active[overlap.networkID] else { continue }
            let interface = overlap.interface.flatMap(Self.interfaceName) ?? ""
            logger.warning(
                "a route of the host overlaps a network",
                metadata: [
                    "network": "\(network.name)", "subnet": "\(overlap.subnet)", "route": "\(overlap.route)", "interface": "\(interface)",
                ])
            notices.tell(
                NetworkNotice(
                    networkID: network.id, networkName: network.name, driver: network.row.driver, subnet: "\(overlap.subnet)",
                    route: "\(overlap.route)", interface: interface))
        }
    }

    /// What the host's routes are to a network that is made now; nothing more is told about those.
    func overlaps(of network: ActiveNetwork, _ routes: Set<RouteInformation>) -> [RouteOverlap] {
        let given = network.subnets.filter { !$0.isChosen }.map(\.pool.pool)
        guard network.isBridge, !given.isEmpty else { return [] }
        let target = RouteOverlaps.Target(networkID: network.id, bridge: network.attachment.index, subnets: given)
        return routes.flatMap { overlaps.apply(.added($0), to: [target]) }
    }

    /// In the host's namespace, which is this thread's.
    private static func interfaceName(_ index: Int32) -> String? {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(UInt32(index), &name) != nil else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Passes on what is to be told, until the task is cancelled.
    public func followNotices(_ send: @Sendable (NetworkNotice) async throws -> Void) async throws {
        let (id, stream) = notices.listen()
        defer { notices.leave(id) }
        for await notice in stream { try await send(notice) }
    }
}
