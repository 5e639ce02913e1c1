// Connections through proxied ports.
import CLinux
import Glibc
import Linux
import Logging

extension PortProxy {
    func accept(_ key: ProxiedPort.Key) {
        while let entry = ports[key] {
            let raw = clinux_accept(entry.socket.raw)
            guard raw >= 0 else { return }
            let client = Descriptor(berth_descriptor_raise(raw, NamespaceSockets.lowestNumber))
            guard relays.count < Self.mostConnections else { continue }
            do {
                try begin(StreamRelay(key: key, client: client, container: try dial(entry.port, SOCK_STREAM)))
            } catch {
                logger.debug("a proxied connection came to nothing", metadata: ["port": "\(key.port)", "error": "\(error)"])
            }
        }
    }

    private func begin(_ relay: StreamRelay) throws {
        let serial = nextSerial()
        try watch(relay.socket(.client).raw, []) { $0.progress(serial, .client, $1) }
        do {
            try watch(relay.socket(.container).raw, .writable) { $0.progress(serial, .container, $1) }
        } catch {
            unwatch(relay.socket(.client).raw)
            throw error
        }
        relays[serial] = relay
    }

    private func progress(_ serial: UInt64, _ end: StreamRelay.End, _ ready: EventLoop.Ready) {
        guard let relay = relays[serial] else { return }
        guard relay.progress(end, ready, &buffer) else { return self.end(serial, relay) }
        do {
            for end in [StreamRelay.End.client, .container] {
                guard let interest = relay.interest(end) else {
                    unwatch(relay.socket(end).raw)
                    continue
                }
                try modify(relay.socket(end).raw, interest)
            }
        } catch {
            self.end(serial, relay)
        }
    }

    func end(_ serial: UInt64, _ relay: StreamRelay) {
        relays[serial] = nil
        unwatch(relay.socket(.client).raw)
        unwatch(relay.socket(.container).raw)
    }
}
