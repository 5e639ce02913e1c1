// Datagrams through a proxied port: a socket for each client, so that answers find their way back.
import Glibc

/// The clients of one proxied port. Used by the proxy's thread alone.
struct DatagramRelay {
    struct Session {
        let peer: SocketName
        /// Connected to the container.
        let socket: Descriptor
        var lastHeard: Int64
    }

    /// As dockerd has it: a client that says nothing for so long is forgotten.
    static let idleLimit: Int64 = 90_000
    /// More clients than that at a time lose their datagrams.
    static let mostSessions = 4096

    private(set) var sessions: [SocketName.Key: Session] = [:]

    mutating func heard(_ key: SocketName.Key, at now: Int64) -> Session? {
        sessions[key]?.lastHeard = now
        return sessions[key]
    }

    /// False when there are too many.
    mutating func add(_ session: Session, _ key: SocketName.Key) -> Bool {
        guard sessions.count < Self.mostSessions else { return false }
        sessions[key] = session
        return true
    }

    /// Takes those out that have been idle too long.
    mutating func expire(at now: Int64) -> [Session] {
        let idle = sessions.filter { now - $0.value.lastHeard >= Self.idleLimit }
        for key in idle.keys { sessions[key] = nil }
        return Array(idle.values)
    }
}
