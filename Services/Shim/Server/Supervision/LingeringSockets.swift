// Clients' connections that have been sent everything, until the clients have left.
import CLinux
import Contracts
import Glibc
import Linux

/// What the client still sends is thrown away for `HandedClient.lingerTime`, or until it closes its side.
final class LingeringSockets {
    private static let chunk = 16 * 1024

    private let loop: EventLoop
    private var timers: [Int32: EventLoop.Timer] = [:]
    private var held: Set<Int32> = []
    private var completion: (() -> Void)?

    init(loop: EventLoop) { self.loop = loop }

    /// Takes the socket. It is shut down for writing now or, held, once `letGo` is called.
    func add(_ socket: Int32, isHeld: Bool = false) {
        if isHeld { held.insert(socket) } else { shutdown(socket, Int32(SHUT_WR)) }
        do {
            try loop.add(socket, .readable) { [weak self] _ in self?.discard(socket) }
        } catch {
            held.remove(socket)
            close(socket)
            return
        }
        timers[socket] = loop.schedule(afterMilliseconds: HandedClient.lingerTime) { [weak self] in self?.remove(socket) }
    }

    /// Lets those that are held see the end of their streams.
    func letGo() {
        for socket in held { shutdown(socket, Int32(SHUT_WR)) }
        held = []
    }

    func whenAllAreGone(_ completion: @escaping () -> Void) {
        if timers.isEmpty { completion() } else { self.completion = completion }
    }

    private func discard(_ socket: Int32) {
        let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunk) {
            clinux_receive_some(socket, $0.baseAddress, $0.count)
        }
        guard count > 0 || count == -Int(EAGAIN) else { return remove(socket) }
    }

    private func remove(_ socket: Int32) {
        guard let timer = timers.removeValue(forKey: socket) else { return }
        loop.cancel(timer)
        held.remove(socket)
        loop.remove(socket)
        close(socket)
        guard timers.isEmpty else { return }
        completion?()
        completion = nil
    }
}
