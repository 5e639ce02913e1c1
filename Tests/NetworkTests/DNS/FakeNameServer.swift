// A name server in a namespace, which behaves as a test wants.
import CLinux
import Dispatch
import Glibc
import Synchronization

@testable import NetworkServer

/// Answers on port 53 by UDP and TCP until the last reference goes.
final class FakeNameServer: Sendable {
    enum Manner: Sendable {
        /// As many addresses, whatever is asked for.
        case answer(Int)
        case code(DNSCode)
        case silent
        /// An answer that takes so many milliseconds.
        case late(UInt32)
        /// Cut by UDP, whole by TCP.
        case cut(Int)
        /// Answers to other questions and with other IDs before the right one.
        case forge
    }

    private let asked = Mutex<[String]>([])
    private let isEnded = Atomic(false)
    private let manner: Manner

    /// The names that were asked for, in order.
    var names: [String] { asked.withLock { $0 } }

    init(in path: String?, _ address: String, _ manner: Manner) throws {
        self.manner = manner
        let sockets = NamespaceSockets(home: try HomeNamespace())
        guard let address = IPAddress(address) else { throw KernelError(operation: "read \(address)", code: EINVAL) }
        let datagrams = try sockets.open(in: path, family: address.family.domain, SOCK_DGRAM)
        let streams = try sockets.open(in: path, family: address.family.domain, SOCK_STREAM)
        for socket in [datagrams, streams] { try socket.bind(address, 53) }
        listen(streams.raw, 16)
        for socket in [datagrams, streams] {
            DispatchQueue.global().async { [weak self] in
                while Lookup.wait(socket, Int16(POLLIN), milliseconds: 50) || !(self?.isEnded.load(ordering: .relaxed) ?? true) {
                    guard let self, !self.isEnded.load(ordering: .relaxed) else { return }
                    socket === streams ? self.serveStream(socket) : self.serveDatagram(socket)
                }
            }
        }
    }

    deinit { isEnded.store(true, ordering: .relaxed) }

    private func serveDatagram(_ socket: Descriptor) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var peer = SocketName()
        let count = peer.withPointer { recvfrom(socket.raw, &buffer, buffer.count, 0, $0, &$1) }
        guard count > 0 else { return }
        for answer in answers(to: Array(buffer[..<count]), isStream: false) {
            _ = peer.withPointer { sendto(socket.raw, answer, answer.count, 0, $0, $1) }
        }
    }

    private func serveStream(_ listener: Descriptor) {
        let raw = clinux_accept(listener.raw)
        guard raw >= 0 else { return }
        let socket = Descriptor(raw)
        guard let query = Lookup.readFrame(socket, milliseconds: 2000) else { return }
        for answer in answers(to: query, isStream: true) {
            let frame = StreamFraming.frame(answer)
            send(socket.raw, frame, frame.count, Int32(MSG_NOSIGNAL))
        }
    }

    private func answers(to bytes: [UInt8], isStream: Bool) -> [[UInt8]] {
        guard let query = try? DNSMessage(parsing: bytes) else { return [] }
        asked.withLock { $0.append(query.questions.first?.name.text ?? "") }
        do {
            switch manner {
            case .silent: return []
            case .late(let milliseconds):
                usleep(milliseconds * 1000)
                return [try DNSSamples.answer(to: query, addresses: 1).bytes]
            case .answer(let count): return [try DNSSamples.answer(to: query, addresses: count).bytes]
            case .code(let code): return [try DNSSamples.answer(to: query, code, addresses: 0).bytes]
            case .cut(let count):
                return [try DNSSamples.answer(to: query, addresses: isStream ? count : 0, truncated: !isStream).bytes]
            case .forge:
                let other = try DNSSamples.query("evil.example", id: query.header.id)
                let guess = try DNSSamples.query(query.questions.first?.name.text ?? "", id: query.header.id &+ 1)
                return [
                    [UInt8](repeating: 0xff, count: 40), try DNSSamples.answer(to: other, addresses: 9).bytes,
                    try DNSSamples.answer(to: guess, addresses: 9).bytes, try DNSSamples.answer(to: query).bytes,
                ]
            }
        } catch {
            return []
        }
    }
}
