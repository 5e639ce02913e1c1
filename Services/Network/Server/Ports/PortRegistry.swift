// Every published port of the engine, whose it is, and the sockets that hold them.
import Contracts
import Glibc
import RPC

/// Gives out host ports. Used on the service's thread, which is in the host's network namespace.
struct PortRegistry {
    private struct Holding {
        let publication: Publication
        let owner: String
        /// nil when another program took the port while the service was down.
        let reservation: PortReservation?
    }

    /// By the port they hold: what is asked for is compared with those alone.
    private var holdings: [HostPort: [Holding]] = [:]
    /// The ports of each owner, in the order in which it got them.
    private var owned: [String: [HostPort]] = [:]
    private var candidates: PortCandidates
    /// What an owner had that is about to publish other ports: it is the first to get it again.
    private var aside: [Holding] = []
    /// IPv6 ports of the host may lead to containers without IPv6, by the engine's proxy.
    private let proxies: Bool

    private struct HostPort: Hashable {
        var transport: PortBinding.Transport
        var number: UInt16
    }

    init(ephemeral: EphemeralPorts, proxies: Bool = false) {
        candidates = PortCandidates(ephemeral: ephemeral)
        self.proxies = proxies
    }

    /// What holds a port; nil when nothing does.
    func socket(of key: ProxiedPort.Key) -> Descriptor? {
        all.first { $0.publication.proxied?.key == key }?.reservation?.socket
    }

    private var all: some Sequence<Holding> { holdings.values.lazy.joined() }

    /// Every published port there is.
    var publications: Set<Publication> { Set(all.map(\.publication)) }

    /// Takes a host port for each binding, all or none, which leads to the container's address of the same family.
    /// Throws `RPCError`.
    mutating func publish(_ bindings: [PortBinding], to targets: [IPAddress], owner: String) throws -> [Publication] {
        do {
            return try Self.leastFreedomFirst(bindings).flatMap { try publish($0, to: targets, owner: owner) }
        } catch {
            release(owner: owner)
            throw error
        }
    }

    /// Takes a port back that a container has had since before the service started. Returns false when another program has it.
    /// `kept` is the socket that has held it all the time, if any.
    mutating func restore(_ publication: Publication, owner: String, kept: Descriptor? = nil) -> Bool {
        let reservation =
            kept.map { PortReservation($0) }
            ?? (try? PortReservation(publication.transport, publication.hostAddress, publication.hostPort))
        hold(Holding(publication: publication, owner: owner, reservation: reservation))
        return reservation != nil
    }

    private mutating func hold(_ holding: Holding) {
        let port = HostPort(transport: holding.publication.transport, number: holding.publication.hostPort)
        holdings[port, default: []].append(holding)
        if owned[holding.owner]?.contains(port) != true { owned[holding.owner, default: []].append(port) }
    }

    mutating func release(owner: String) {
        for port in owned.removeValue(forKey: owner) ?? [] {
            let left = (holdings[port] ?? []).filter { $0.owner != owner }
            holdings[port] = left.isEmpty ? nil : left
        }
    }

    /// Has an owner publish anew: what it asks for and had is held all the time.
    mutating func setAside(owner: String) {
        aside = (owned[owner] ?? []).flatMap { port in (holdings[port] ?? []).filter { $0.owner == owner } }
        release(owner: owner)
    }

    /// Lets go of what it had and hasn't asked for.
    mutating func forgetAside() { aside = [] }

    /// The port that a binding had before, if it is one of those it may have.
    private func former(_ binding: PortBinding, _ hosts: [IPAddress]) -> UInt16? {
        let last = max(binding.hostPortFirst, binding.hostPortLast)
        return aside.map(\.publication).first {
            $0.containerPort == binding.containerPort && $0.transport == binding.transport && hosts.contains($0.hostAddress)
                && (binding.hostPortFirst == 0 || (binding.hostPortFirst...last).contains($0.hostPort))
        }?.hostPort
    }

    /// Throws `KernelError`.
    private func reservation(
        _ transport: PortBinding.Transport, _ host: IPAddress, _ port: UInt16
    ) throws(KernelError) -> PortReservation {
        let kept = aside.first {
            $0.publication.transport == transport && $0.publication.hostAddress == host && $0.publication.hostPort == port
        }
        if let reservation = kept?.reservation { return reservation }
        return try PortReservation(transport, host, port)
    }

    /// Leads an owner's ports to other addresses of the container; those of a family without one are released. Returns what there is now.
    mutating func retarget(owner: String, to targets: [IPAddress]) -> [Publication] {
        let held = (owned[owner] ?? []).flatMap { port in (holdings[port] ?? []).filter { $0.owner == owner } }
        release(owner: owner)
        return held.compactMap { holding in
            guard let target = target(of: holding.publication.hostAddress, among: targets) else { return nil }
            var publication = holding.publication
            publication.containerAddress = target
            hold(Holding(publication: publication, owner: owner, reservation: holding.reservation))
            return publication
        }
    }

    /// The same port on each of the host's addresses.
    private mutating func publish(_ binding: PortBinding, to targets: [IPAddress], owner: String) throws -> [Publication] {
        let hosts = try hostAddresses(of: binding, targets: targets)
        var taken: [PortReservation] = []
        var refusal: Refusal?
        // A copy of the candidates, and none of the holdings, which are many.
        var candidates = candidates
        defer { self.candidates = candidates }
        func isFree(_ port: UInt16) throws -> Bool {
            taken = []
            for host in hosts {
                let others = holdings[HostPort(transport: binding.transport, number: port)] ?? []
                if let holder = others.first(where: { $0.publication.collides(with: binding.transport, host, port) }) {
                    refusal = Refusal(host: host, port: port, container: holder.owner)
                    return false
                }
                do throws(KernelError) {
                    taken.append(try reservation(binding.transport, host, port))
                } catch {
                    guard error.code == EADDRINUSE else { throw Self.unusable(binding.transport, host, port, error) }
                    refusal = Refusal(host: host, port: port)
                    return false
                }
            }
            return true
        }
        var port = former(binding, hosts)
        if let kept = port, try !isFree(kept) { port = nil }
        if port == nil { port = try candidates.take(first: binding.hostPortFirst, last: binding.hostPortLast, isFree) }
        guard let port else { throw Self.refused(binding, hosts, refusal) }
        return zip(hosts, taken).compactMap { host, reservation in
            guard let target = target(of: host, among: targets) else { return nil }
            let publication = Publication(
                transport: binding.transport, hostAddress: host, hostPort: port, containerAddress: target,
                containerPort: binding.containerPort)
            hold(Holding(publication: publication, owner: owner, reservation: reservation))
            return publication
        }
    }
}

extension PortRegistry {
    /// Where a host address leads; nil when the container can't be reached from there.
    private func target(of host: IPAddress, among targets: [IPAddress]) -> IPAddress? {
        targets.first { $0.family == host.family } ?? (proxies && host.family == .v6 ? targets.first : nil)
    }

    /// Who may have any port must not take one that another binding names.
    static func leastFreedomFirst(_ bindings: [PortBinding]) -> [PortBinding] {
        func freedom(_ binding: PortBinding) -> Int {
            binding.hostPortFirst == 0 ? Int.max : Int(binding.hostPortLast) - Int(binding.hostPortFirst)
        }
        return bindings.enumerated().sorted { (freedom($0.element), $0.offset) < (freedom($1.element), $1.offset) }.map(\.element)
    }

    /// What a binding's host address stands for, for a container with these addresses. Throws for what can't be published.
    func hostAddresses(of binding: PortBinding, targets: [IPAddress]) throws -> [IPAddress] {
        guard let address = try Self.hostAddress(of: binding) else {
            let own = targets.map { IPAddress(family: $0.family, value: 0) }
            let isProxied = proxies && binding.transport != .sctp && !targets.contains { $0.family == .v6 }
            return own + (isProxied ? [IPAddress(family: .v6, value: 0)] : [])
        }
        guard target(of: address, among: targets) != nil else {
            throw RPCError(
                .invalidParameter,
                "cannot publish port \(binding.containerPort) on \(address): the container can't leave by IPv\(address.family.rawValue)"
            )
        }
        return [address]
    }

    /// nil for every address. Throws for what is no binding.
    static func hostAddress(of binding: PortBinding) throws -> IPAddress? {
        guard binding.containerPort != 0, binding.hostPortFirst <= binding.hostPortLast else {
            throw RPCError(
                .invalidParameter, "invalid port binding: \(binding.hostPortFirst)-\(binding.hostPortLast):\(binding.containerPort)")
        }
        if binding.hostAddress.isEmpty { return nil }
        let text =
            binding.hostAddress.hasPrefix("[") && binding.hostAddress.hasSuffix("]")
            ? String(binding.hostAddress.dropFirst().dropLast()) : binding.hostAddress
        guard let address = IPAddress(text) else {
            throw RPCError(.invalidParameter, "invalid host address: \(binding.hostAddress)")
        }
        return address
    }

    /// Why the last candidate wasn't free: a container has it, or a program of the host.
    struct Refusal {
        var host: IPAddress
        var port: UInt16
        var container: String?
    }

    /// Dockerd's words, with the owner among the details. Of a range, the last port is named.
    private static func refused(_ binding: PortBinding, _ hosts: [IPAddress], _ refusal: Refusal?) -> RPCError {
        guard let refusal, binding.hostPortFirst != 0 else {
            return RPCError(.conflict, "Bind for \(hosts.first ?? .anyIPv4):0 failed: all ports are allocated")
        }
        let host = refusal.host
        var details = ["hostAddress": "\(host)", "hostPort": "\(refusal.port)"]
        if let container = refusal.container {
            details["container"] = container
        } else {
            details["program"] = PortHolder.find(binding.transport, refusal.port)?.description ?? "unknown"
        }
        return RPCError(.conflict, "Bind for \(bracketed(host)):\(refusal.port) failed: port is already allocated", details: details)
    }

    private static func bracketed(_ host: IPAddress) -> String { host.family == .v6 ? "[\(host)]" : "\(host)" }

    private static func unusable(_ transport: PortBinding.Transport, _ host: IPAddress, _ port: UInt16, _ error: KernelError) -> RPCError {
        RPCError(
            error.code == EADDRNOTAVAIL ? .invalidParameter : .internalError,
            "failed to bind host port \(bracketed(host)):\(port)/\(transport.rawValue): \(String(cString: strerror(error.code)))")
    }
}
