// Takes inventory of a whole host, or of what belongs to one engine.
import Contracts
import Foundation

extension HostInventory {
    /// Everything on the host, with the files below some directories. Processes are told apart by command, not by number;
    /// kernel threads are left out.
    public static func captureHost(directories: [String] = []) -> HostInventory {
        let probe = HostProbe()
        return HostInventory([
            .mounts: probe.mounts(), .links: probe.links().map(\.name), .namespaces: probe.networkNamespaces(),
            .nftables: probe.nftables(), .cgroups: probe.cgroups(), .processes: probe.processes().map(\.command),
            .files: directories.flatMap(probe.files), .sysctls: probe.sysctls(),
        ])
    }

    /// What belongs to an engine by its name: paths, bridge and its ports, table, control groups, processes. Files are those below
    /// the run directory and of the services' state below the root. What is kept in stock for containers to come has a name of its
    /// own each time, so such names are left out.
    public static func capture(of engine: EngineUnderTest) -> HostInventory {
        let probe = HostProbe()
        let directory = (engine.layout.root as NSString).deletingLastPathComponent
        let belongs: (String) -> Bool = { $0.contains(directory + "/") || $0.contains(engine.cgroupParent + "/") }
        let links = probe.links().filter { $0.name == engine.bridge || $0.bridge == engine.bridge }.map(\.name)
        let tables = probe.nftables().filter { $0.contains(engine.nftablesTable) }
        let cgroups = probe.cgroups().filter { ($0 + "/").contains(engine.cgroupParent + "/") }
        let processes = probe.processes().filter { belongs($0.command) || belongs($0.cgroups) }.map(\.command)
        let stateful = [engine.layout.containers, engine.layout.imagesState, engine.layout.networkState, engine.layout.gatewayState]
        let files = ([engine.layout.run] + stateful).flatMap(probe.files)
        return HostInventory([
            .mounts: probe.mounts().filter(belongs).map(withoutStockNames), .links: links.map(withoutStockNames), .nftables: tables,
            .cgroups: cgroups, .processes: processes, .files: files.map(withoutStockNames),
        ])
    }

    /// The same, once it has stopped changing: the stock is filled up, and what was removed before is gone.
    public static func settled(of engine: EngineUnderTest) async throws -> HostInventory {
        var last = capture(of: engine)
        return try await eventually("a host that doesn't change") {
            await Blocking.pause(milliseconds: 300)
            let now = capture(of: engine)
            defer { last = now }
            return hasFullStock(engine) && last.difference(to: now).isEmpty ? now : nil
        }
    }

    /// On a slow machine, the making of one of them takes longer than from one look to the next.
    private static func hasFullStock(_ engine: EngineUnderTest) -> Bool {
        let layout = engine.layout
        let shims = HostProbe().processes().filter { $0.command.contains("berth-shim --listen \(layout.shimSocket) ") }.count
        // Each container has its shim and its namespace, and one more process makes shims.
        return count(layout.networkNamespaces) >= networkNamespacesInStock && shims > shimsInStock + count(layout.shims)
    }

    private static func count(_ directory: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: directory))?.count ?? 0
    }

    /// As the network service and the gateway have them.
    private static let (networkNamespacesInStock, shimsInStock) = (4, 3)

    private static func withoutStockNames(_ line: String) -> String {
        line.replacing(#/\/netns\/[0-9a-f]{12}\b/#, with: "/netns/*").replacing(#/^veth[0-9a-f]+$/#, with: "veth*")
    }
}
