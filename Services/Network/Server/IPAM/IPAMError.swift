// What can go wrong in address management, in the words Docker's users know.
import RPC

/// The closed set of failures of `IPAM`.
enum IPAMError: Error, Sendable, Equatable {
    case invalidPool(String)
    case invalidSubPool(String)
    case noAvailableAddresses(pool: String)
    case addressInUse(IPAddress)
    case addressOutOfRange(IPAddress)
    case poolOverlap(String)
    case noMorePredefinedPools
}

extension IPAMError {
    var rpcError: RPCError {
        switch self {
        case .invalidPool(let pool): RPCError(.invalidParameter, "invalid address pool: \(pool)")
        case .invalidSubPool(let pool): RPCError(.invalidParameter, "invalid address subpool: \(pool)")
        case .noAvailableAddresses(let pool):
            RPCError(
                .resourceExhausted,
                "no available \(pool.contains(":") ? "IPv6" : "IPv4") addresses on this network's address pools: \(pool)")
        case .addressInUse(let address): RPCError(.forbidden, "Address already in use", details: ["address": "\(address)"])
        case .addressOutOfRange(let address): RPCError(.invalidParameter, "requested address is out of range: \(address)")
        case .poolOverlap(let pool):
            RPCError(.forbidden, "Pool overlaps with other one on this address space", details: ["pool": pool])
        case .noMorePredefinedPools:
            RPCError(
                .resourceExhausted,
                "all predefined address pools have been fully subnetted; add a range to default-address-pools, or set bip")
        }
    }
}
