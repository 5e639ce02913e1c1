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

    private var holdings: [Holding] = []
    private var candidates: PortCandidates

    init(ephemeral: EphemeralPorts) {
        candidates = PortCandidates(ephemeral: ephemeral)
    }

    /// Every published port there is.
    var publications: Set<Publication> { Set(holdings.map(\.publication)) }

    /// Takes a host port for each binding, all or none. Throws `RPCError`.
    mutating func publish(_ bindings: [PortBinding], to address: IPAddress, owner: String) throws -> [Publication] {
        do {
            return try bindings.map { try publish($0, to: address, owner: owner) }
        } catch {
            release(owner: owner)
            throw error
        }
    }

    /// Takes a port back that a container has had since before the service started. Returns false when another program has it.
    mutating func restore(_ publication: Publication, owner: String) -> Bool {
        let reservation = try? PortReservation(publication.transport, publication.hostAddress, publication.hostPort)
        holdings.append(Holding(publication: publication, owner: owner, reservation: reservation))
        return reservation != nil
    }

    mutating func release(owner: String) {
        holdings.removeAll { $0.owner == owner }
    }

    private mutating func publish(_ binding: PortBinding, to address: IPAddress, owner: String) throws -> Publication {
        let host = try Self.hostAddress(of: binding)
        var reservation: PortReservation?
        var refusal: Refusal?
        let held = holdings
        let port = try candidates.take(first: binding.hostPortFirst, last: binding.hostPortLast) { port in
            if let holder = held.first(where: { $0.publication.collides(with: binding.transport, host, port) }) {
                refusal = Refusal(port: port, container: holder.owner)
                return false
            }
            do {
                reservation = try PortReservation(binding.transport, host, port)
                return true
            } catch let error as KernelError where error.code == EADDRINUSE {
                refusal = Refusal(port: port)
                return false
            } catch let error as KernelError {
                throw Self.unusable(binding.transport, host, port, error)
            }
        }
        guard let port else { throw Self.refused(binding, host, refusal) }
        let publication = Publication(
            transport: binding.transport, hostAddress: host, hostPort: port, containerAddress: address,
            containerPort: binding.containerPort)
        holdings.append(Holding(publication: publication, owner: owner, reservation: reservation))
        return publication
    }
}

extension PortRegistry {
    /// What a binding's host address stands for. Throws for what can't be published.
    static func hostAddress(of binding: PortBinding) throws -> IPAddress {
        guard binding.transport != .sctp else {
            throw RPCError(.notImplemented, "publishing SCTP port \(binding.containerPort) is not supported; publish TCP or UDP ports")
        }
        guard binding.containerPort != 0, binding.hostPortFirst <= binding.hostPortLast else {
            throw RPCError(
                .invalidParameter, "invalid port binding: \(binding.hostPortFirst)-\(binding.hostPortLast):\(binding.containerPort)")
        }
        if binding.hostAddress.isEmpty { return .anyIPv4 }
        guard let address = IPAddress(binding.hostAddress) else {
            throw RPCError(.invalidParameter, "invalid host address: \(binding.hostAddress)")
        }
        guard address.family == .v4 else {
            throw RPCError(
                .notImplemented, "publishing on the IPv6 address \(address) is not supported; use an IPv4 address, or none for all")
        }
        return address
    }

    /// Why the last candidate wasn't free: a container has it, or a program of the host.
    struct Refusal {
        var port: UInt16
        var container: String?
    }

    /// Dockerd's words, with the owner among the details. Of a range, the last port is named.
    private static func refused(_ binding: PortBinding, _ host: IPAddress, _ refusal: Refusal?) -> RPCError {
        guard let refusal, binding.hostPortFirst != 0 else {
            return RPCError(.conflict, "Bind for \(host):0 failed: all ports are allocated")
        }
        var details = ["hostAddress": "\(host)", "hostPort": "\(refusal.port)"]
        if let container = refusal.container {
            details["container"] = container
        } else {
            details["program"] = PortHolder.find(binding.transport, refusal.port)?.description ?? "unknown"
        }
        return RPCError(.conflict, "Bind for \(host):\(refusal.port) failed: port is already allocated", details: details)
    }

    private static func unusable(_ transport: PortBinding.Transport, _ host: IPAddress, _ port: UInt16, _ error: KernelError) -> RPCError {
        RPCError(
            error.code == EADDRNOTAVAIL ? .invalidParameter : .internalError,
            "failed to bind host port \(host):\(port)/\(transport.rawValue): \(String(cString: strerror(error.code)))")
    }
}
