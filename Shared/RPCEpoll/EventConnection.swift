// One connection of an event server: the socket on one side, the session on the other.
import CLinux
import Glibc
import Linux
import RPC

/// Reads, writes, keeps time, and carries out what the session decides.
final class EventConnection {
    let peer: RPCPeer
    let limits: RPCLimits
    private weak var server: RPCEventServer?
    private let loop: EventLoop
    private let descriptor: Int32
    private var session: RPCServerSession
    private var decoder: RPCFrameDecoder
    private var outbound = EventOutbound()
    /// Descriptors that arrived before the frame that announces them was complete.
    private var received: [Int32] = []
    /// Those of the frame being handled.
    private var offered: [Int32] = []
    private var calls: [UInt32: EventCall] = [:]
    private var isOpen = true
    private var isDraining = false
    private var watchesWriting = false
    /// While frames are handled, what is sent waits to be written together.
    private var batchDepth = 0
    private var alarm: (timer: EventLoop.Timer, due: UInt64)?

    /// Takes the descriptor once it returns.
    init(_ descriptor: Int32, server: RPCEventServer) throws {
        var credentials = clinux_peer()
        let result = clinux_peer_credentials(descriptor, &credentials)
        guard result == 0 else { throw EventLoop.Failure(call: "getsockopt(SO_PEERCRED)", code: -result) }
        let prepared = clinux_prepare_descriptor(descriptor)
        guard prepared == 0 else { throw EventLoop.Failure(call: "fcntl", code: -prepared) }
        peer = RPCPeer(pid: credentials.pid, uid: credentials.uid, gid: credentials.gid)
        self.server = server
        self.descriptor = descriptor
        limits = server.limits
        loop = server.loop
        session = RPCServerSession(
            service: server.service, version: server.version, limits: limits,
            descriptors: min(limits.descriptors, CLINUX_MAX_DESCRIPTORS))
        decoder = RPCFrameDecoder(limit: limits.frameBytes)
        try loop.add(descriptor, .readable) { [weak self] ready in self?.handle(ready) }
    }

    func start() {
        act { $0.start(&$1) }
        loop.schedule(afterMilliseconds: Int64(limits.handshake.clampedNanoseconds / 1_000_000)) { [weak self] in
            guard let self, self.session.isGreeting else { return }
            self.act { $0.fail(RPCProtocolError("sent no hello in time"), &$1) }
        }
    }

    /// Closes at once; the calls in flight are cancelled.
    func disconnect() {
        guard isOpen else { return }
        isOpen = false
        loop.remove(descriptor)
        Glibc.close(descriptor)
        for descriptor in received { Glibc.close(descriptor) }
        received.removeAll()
        if let alarm { loop.cancel(alarm.timer) }
        alarm = nil
        act { $0.disconnect(&$1) }
        server?.forget(self)
    }

    // MARK: What calls ask for

    func begin(_ call: EventCall, acceptsItems: Bool) {
        calls[call.stream] = call
        if acceptsItems { session.acceptItems(stream: call.stream) }
    }

    func finish(_ call: EventCall, with frame: RPCOutboundFrame) {
        calls[call.stream] = nil
        act { $0.finish(stream: call.stream, with: frame, &$1) }
    }

    func send(item frame: RPCOutboundFrame, of call: EventCall) -> RPCServerSession.Sending {
        var sending = RPCServerSession.Sending.ended
        act { sending = $0.send(item: frame, stream: call.stream, &$1) }
        return sending
    }

    func consumed(_ cost: Int, of call: EventCall) {
        act { $0.consumed(cost, stream: call.stream, &$1) }
    }

    /// The largest frame that the peer takes.
    var peerFrameLimit: Int { session.peerFrameLimit }

    // MARK: The socket

    private func handle(_ ready: EventLoop.Ready) {
        if !ready.isDisjoint(with: [.writable]) { write() }
        guard isOpen, !isDraining, !ready.isDisjoint(with: [.readable, .hangUp, .error]) else {
            if isOpen, isDraining, !ready.isDisjoint(with: [.hangUp, .error]) { disconnect() }
            return
        }
        // A few reads a turn, so that one busy peer doesn't keep the others waiting.
        for _ in 0..<Self.readsATurn where isOpen && !isDraining {
            guard read() else { return }
        }
    }

    /// Takes what the socket holds, up to a buffer. False when there was no more.
    private func read() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 16) { buffer in
            var descriptors = [Int32](repeating: -1, count: CLINUX_MAX_DESCRIPTORS)
            var count = 0
            let taken = clinux_receive(self.descriptor, buffer.baseAddress, buffer.count, &descriptors, &count)
            received += descriptors.prefix(count)
            guard taken > 0 else {
                if taken != -Int(EAGAIN) { disconnect() }
                return false
            }
            receive(UnsafeRawBufferPointer(rebasing: buffer[..<taken]))
            return taken == buffer.count || count > 0
        }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        var frames: [RPCFrame] = []
        var failure: RPCProtocolError?
        do {
            try decoder.push(bytes) { frames.append($0) }
        } catch {
            failure = error as? RPCProtocolError ?? RPCProtocolError("sent what can't be read: \(error)")
        }
        batch {
            for frame in frames where isOpen && !isDraining { receive(frame) }
            if let failure { fail(failure) }
            requireAnnounced()
        }
    }

    private func receive(_ frame: RPCFrame) {
        guard frame.descriptorCount <= received.count else {
            return fail(RPCProtocolError("announced \(frame.descriptorCount) descriptors and sent \(received.count)"))
        }
        offered = Array(received.prefix(frame.descriptorCount))
        received.removeFirst(frame.descriptorCount)
        act { $0.receive(frame, now: loop.now, &$1) }
        // What no call took when it was dispatched is nobody's.
        offered.forEach { Glibc.close($0) }
        offered = []
    }

    // Descriptors arrive with the first byte of their frame, so between frames there are none.
    private func requireAnnounced() {
        guard isOpen, !isDraining, !received.isEmpty else { return }
        if !decoder.isMidFrame || received.count > limits.descriptors {
            fail(RPCProtocolError("sent descriptors that no frame announced"))
        }
    }

    private func fail(_ error: RPCProtocolError) {
        act { $0.fail(error, &$1) }
    }

    private func write() {
        guard isOpen else { return }
        while !outbound.isEmpty {
            let sent = outbound.withUnsafeBytes { clinux_send(descriptor, $0.baseAddress, $0.count, nil, 0) }
            if sent == -Int(EAGAIN) { return watch(writing: true) }
            guard sent >= 0 else { return disconnect() }
            outbound.removeFirst(sent)
        }
        isDraining ? disconnect() : watch(writing: false)
    }

    private func watch(writing: Bool) {
        guard writing != watchesWriting else { return }
        watchesWriting = writing
        let reading: EventLoop.Interest = isDraining ? [] : .readable
        do {
            try loop.modify(descriptor, writing ? reading.union(.writable) : reading)
        } catch {
            server?.log("could not wait for a connection: \(error)")
            disconnect()
        }
    }

    // MARK: What the session decides

    private func act(_ body: (inout RPCServerSession, inout [RPCServerSession.Action]) -> Void) {
        var actions: [RPCServerSession.Action] = []
        body(&session, &actions)
        batch { for action in actions { perform(action) } }
        setAlarm()
    }

    private func batch(_ body: () -> Void) {
        batchDepth += 1
        body()
        batchDepth -= 1
        if batchDepth == 0 { write() }
    }

    private func perform(_ action: RPCServerSession.Action) {
        switch action {
        case .send(let frame): send(frame)
        case .dispatch(let request): dispatch(request)
        case .item(let stream, let payload): calls[stream]?.receive(payload)
        case .itemsEnded(let stream): calls[stream]?.receiveEnd()
        case .creditGranted(let stream): calls[stream]?.receiveCredit()
        case .cancel(let stream, _): cancel(stream)
        case .close(let reason): drain(reason)
        }
    }

    private func send(_ frame: RPCOutboundFrame) {
        guard isOpen, !isDraining || outbound.isEmpty else { return }
        outbound.append(frame.bytes)
        guard outbound.count > limits.queuedBytes else { return }
        server?.log("closed the connection of \(peerName): it does not read, and \(outbound.count) bytes are waiting for it")
        disconnect()
    }

    private func dispatch(_ request: RPCIncomingRequest) {
        guard let server else { return }
        guard let method = server.methods[request.method] else {
            return refuse(request, .unknownMethod(request.method, service: server.service, version: server.version))
        }
        guard method.access.admits(peer, ownUID: geteuid(), servedUIDs: server.servedUIDs) else {
            return refuse(request, RPCAccess.refusal(of: request.method, to: peer))
        }
        let descriptors = offered
        offered = []
        server.onCall?(request.method, request.context.traceID)
        method.start(request, self, descriptors)
    }

    private func refuse(_ request: RPCIncomingRequest, _ error: RPCError) {
        act { $0.finish(stream: request.stream, with: .error(error), &$1) }
    }

    private func cancel(_ stream: UInt32) {
        calls.removeValue(forKey: stream)?.cancel()
        session.stragglerEnded()
    }

    // Lets the answer out before closing, but waits for no peer that doesn't read.
    private func drain(_ reason: String?) {
        guard isOpen, !isDraining else { return }
        if let reason { server?.log("closed the connection of \(peerName): it \(reason)") }
        isDraining = true
        loop.schedule(afterMilliseconds: 1000) { [weak self] in self?.disconnect() }
        watchesWriting = false
        watch(writing: true)
    }

    private var peerName: String { "pid \(peer.pid) (uid \(peer.uid))" }

    private func setAlarm() {
        guard isOpen, let due = session.nextDeadline else { return }
        if let alarm, alarm.due <= due { return }
        if let alarm { loop.cancel(alarm.timer) }
        let now = loop.now
        let delay = due > now ? (due - now) / 1_000_000 + 1 : 0
        let timer = loop.schedule(afterMilliseconds: Int64(clamping: delay)) { [weak self] in
            guard let self else { return }
            self.alarm = nil
            self.act { $0.expire(now: self.loop.now, &$1) }
        }
        alarm = (timer, due)
    }

    private static let readBytes = 64 << 10
    private static let readsATurn = 4
}
