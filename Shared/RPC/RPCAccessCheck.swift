// Who may call a method, decided from the peer's credentials.

extension RPCAccess {
    /// Whether a peer may call. `ownUID` is the uid the service runs as, `servedUIDs` those it is configured to serve.
    public func admits(_ peer: RPCPeer, ownUID: UInt32, servedUIDs: Set<UInt32>) -> Bool {
        switch self {
        case .anyone: true
        case .engine: peer.uid == 0 || peer.uid == ownUID || servedUIDs.contains(peer.uid)
        case .administrator: peer.uid == 0 || peer.uid == ownUID
        }
    }

    /// The refusal for a peer that isn't admitted.
    public static func refusal(of method: String, to peer: RPCPeer) -> RPCError {
        RPCError(.forbidden, "The user with uid \(peer.uid) may not call \(method).", details: ["method": method, "uid": "\(peer.uid)"])
    }
}

extension RPCError {
    /// The answer to a method that the service doesn't have.
    public static func unknownMethod(_ method: String, service: String, version: String) -> RPCError {
        RPCError(.notImplemented, "The \(service) service \(version) has no method \(method).", details: ["method": method])
    }
}
