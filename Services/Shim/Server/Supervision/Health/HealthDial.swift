// One check of a container's health by a connection: no process is started for it.
import CLinux
import Contracts
import Glibc
import Linux

/// The shim's own socket, made in the container's network namespace.
final class HealthDial {
    private let spec: DialSpec
    private let loop: EventLoop
    private let startedAt = WallClock.nanoseconds
    private let onResult: (HealthResult) -> Void
    private let socket: Int32
    private let address: InternetAddress
    private var isWatched = false
    private var timer: EventLoop.Timer?
    private var answer = HTTPAnswer()

    /// - Parameters:
    ///   - container: a pidfd of the container's first process.
    ///   - onResult: called once, after `begin`, unless the check is dropped before.
    init(_ spec: DialSpec, in container: Int32, loop: EventLoop, onResult: @escaping (HealthResult) -> Void) throws(RuntimeFailure) {
        guard let address = InternetAddress(spec.address, port: spec.port) else {
            throw RuntimeFailure(step: "health", errno: EINVAL, message: "\(spec.address) is not an address")
        }
        do throws(Errno) { socket = try Self.socket(in: container, family: address.family) } catch {
            throw RuntimeFailure(step: "health", errno: error.code, message: "cannot make a socket for a health check: \(error)")
        }
        self.spec = spec
        self.address = address
        self.loop = loop
        self.onResult = onResult
    }

    deinit {
        if isWatched { loop.remove(socket) }
        if let timer { loop.cancel(timer) }
        close(socket)
    }

    private static func socket(in container: Int32, family: Int32) throws(Errno) -> Int32 {
        let home = OwnedDescriptor(taking: try Errno.check(clinux_open_file("/proc/self/ns/net", O_RDONLY, 0), "open /proc/self/ns/net"))
        return try Errno.check(berth_netns_socket(container, home.raw, family, Int32(SOCK_STREAM.rawValue), 0), "socket")
    }

    /// - Parameter timeout: nanoseconds.
    func begin(timeout: Int64) {
        let code = address.connect(socket)
        guard code == 0 || code == EINPROGRESS else { return failed(code) }
        do { try loop.add(socket, .writable) { [unowned self] _ in connected() } } catch { return failed(ENOMEM) }
        isWatched = true
        timer = loop.schedule(afterMilliseconds: max(1, timeout / 1_000_000)) { [unowned self] in
            timer = nil
            finish(-1, HealthResult.lateness(timeout))
        }
    }

    private func connected() {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return failed(errno) }
        guard code == 0 else { return failed(code) }
        guard spec.scheme == .http else { return finish(0, "connected to \(target)") }
        ask()
    }

    /// The request is shorter than the empty send buffer of any socket.
    private func ask() {
        let lines = [
            "GET \(spec.target) HTTP/1.1", "Host: \(spec.host)", "User-Agent: Berth-Health/1", "Accept: */*", "Connection: close", "", "",
        ]
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        let sent = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard sent == bytes.count else { return failed(sent < 0 ? errno : EMSGSIZE) }
        loop.remove(socket)
        isWatched = (try? loop.add(socket, .readable) { [unowned self] _ in hear() }) != nil
        if !isWatched { failed(ENOMEM) }
    }

    private func hear() {
        let count = withUnsafeTemporaryAllocation(byteCount: HealthResult.outputLimit, alignment: 1) { buffer in
            let count = recv(socket, buffer.baseAddress, buffer.count, 0)
            if count > 0 { answer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        if count < 0 { return failed(errno) }
        switch answer.verdict {
        case .status(let status): finish((200..<400).contains(status) ? 0 : 1, answer.words)
        case .incomplete where count > 0: return
        case .incomplete, .notHTTP: finish(1, "\(target) doesn't answer in HTTP/1")
        }
    }

    private var target: String {
        let place = spec.address.contains(":") ? "[\(spec.address)]:\(spec.port)" : "\(spec.address):\(spec.port)"
        return "\(spec.scheme.rawValue)://\(place)"
    }

    private func failed(_ code: Int32) { finish(1, "\(target): \(Errno.reason(of: code))") }

    private func finish(_ exitCode: Int32, _ output: String) {
        if isWatched { loop.remove(socket) }
        isWatched = false
        if let timer { loop.cancel(timer) }
        timer = nil
        onResult(HealthResult(start: startedAt, end: WallClock.nanoseconds, exitCode: exitCode, output: output))
    }
}
