// Datagrams through proxied ports.
import Glibc
import Linux
import Logging

extension PortProxy {
    /// Datagrams taken in a row: then it's another port's turn.
    private static let batch = 32

    func receive(_ key: ProxiedPort.Key) {
        for _ in 0..<Self.batch {
            guard let entry = ports[key] else { return }
            var peer = SocketName()
            let count = peer.withPointer { recvfrom(entry.socket.raw, &buffer, buffer.count, 0, $0, &$1) }
            guard count >= 0, let client = peer.key, let session = session(of: client, peer, key) else {
                if count >= 0 { continue }
                return
            }
            // What a container doesn't take is lost, as on any network.
            _ = send(session.socket.raw, buffer, count, Int32(MSG_NOSIGNAL))
        }
    }

    private func session(of client: SocketName.Key, _ peer: SocketName, _ key: ProxiedPort.Key) -> DatagramRelay.Session? {
        if let known = ports[key]?.datagrams.heard(client, at: now) { return known }
        guard let entry = ports[key] else { return nil }
        do {
            let session = DatagramRelay.Session(peer: peer, socket: try dial(entry.port, SOCK_DGRAM), lastHeard: now)
            guard ports[key]?.datagrams.add(session, client) == true else { return nil }
            try watch(session.socket.raw, .readable) { proxy, _ in proxy.answer(key, client) }
            if ports[key]?.datagrams.sessions.count == 1 { sweep(key) }
            return session
        } catch {
            logger.debug("a proxied datagram was lost", metadata: ["port": "\(key.port)", "error": "\(error)"])
            return nil
        }
    }

    private func answer(_ key: ProxiedPort.Key, _ client: SocketName.Key) {
        for _ in 0..<Self.batch {
            guard let entry = ports[key], let session = ports[key]?.datagrams.heard(client, at: now) else { return }
            let count = recv(session.socket.raw, &buffer, buffer.count, 0)
            if count < 0, errno == ECONNREFUSED { continue }
            guard count >= 0 else { return }
            var peer = session.peer
            _ = peer.withPointer { sendto(entry.socket.raw, buffer, count, Int32(MSG_NOSIGNAL), $0, $1) }
        }
    }

    /// Forgets clients that are silent, as long as there is any.
    private func sweep(_ key: ProxiedPort.Key) {
        schedule(after: DatagramRelay.idleLimit / 3) { proxy in
            let now = proxy.now
            for session in proxy.ports[key]?.datagrams.expire(at: now) ?? [] { proxy.unwatch(session.socket.raw) }
            if proxy.ports[key]?.datagrams.sessions.isEmpty == false { proxy.sweep(key) }
        }
    }
}
