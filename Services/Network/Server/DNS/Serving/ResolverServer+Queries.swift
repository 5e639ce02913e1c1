// Queries as they come by datagrams, what becomes of them, and the way back.
import Glibc

/// Where an answer goes.
enum Asker: Sendable {
    case datagram(sandbox: String, peer: SocketName)
    case stream(sandbox: String, serial: UInt64)

    var sandbox: String {
        switch self {
        case .datagram(let sandbox, _), .stream(let sandbox, _): sandbox
        }
    }

    /// Bytes of an answer.
    func limit(_ query: DNSMessage) -> Int {
        switch self {
        case .datagram: DNSReply.datagramLimit(of: query)
        case .stream: 65535
        }
    }
}

extension ResolverServer {
    /// Datagrams taken in a row: then it's another sandbox's turn.
    private static let batch = 32

    func receive(_ id: String) {
        for _ in 0..<Self.batch {
            guard let socket = served[id]?.sockets.datagrams else { return }
            var peer = SocketName()
            let count = peer.withPointer { recvfrom(socket.raw, &buffer, buffer.count, 0, $0, &$1) }
            guard count >= 0 else { return }
            consider(Array(buffer[..<count]), from: .datagram(sandbox: id, peer: peer))
        }
    }

    /// Answers, passes on, or says what is wrong with it. Answers that nobody asked for are left alone.
    func consider(_ bytes: [UInt8], from asker: Asker) {
        guard let query = try? DNSMessage(parsing: bytes) else {
            if let answer = DNSReply.formatError(to: bytes) { send(answer, to: asker) }
            return
        }
        guard !query.header.isResponse, let client = served[asker.sandbox]?.client else { return }
        switch ResolverVerdict(query, from: client, directory) {
        case .answer(let code, let answers):
            send(DNSReply.make(to: query, code, answers, limit: asker.limit(query)), to: asker)
        case .forward:
            forward(query, for: asker, client)
        }
    }

    func send(_ answer: [UInt8], to asker: Asker) {
        switch asker {
        case .datagram(let sandbox, var peer):
            guard let socket = served[sandbox]?.sockets.datagrams else { return }
            // A client that takes no more loses its answer, as on any network.
            _ = peer.withPointer { sendto(socket.raw, answer, answer.count, Int32(MSG_NOSIGNAL), $0, $1) }
        case .stream(_, let serial):
            write(answer, toStream: serial)
        }
    }
}
