// The RPC server of a process without threads: its methods, its listeners and its connections, all on one event loop.
import CLinux
import Glibc
import Linux
import RPC

/// Serves methods on an `EventLoop`. Everything happens on the loop's thread; handlers must not block.
public final class RPCEventServer {
    /// Called with the number of open connections whenever it changes.
    public var onConnectionCountChange: ((Int) -> Void)?
    /// Told what is worth a log line: why a connection was closed, and failures to accept one.
    public var onLog: ((String) -> Void)?

    /// Told of each call that is begun: its method and its trace.
    public var onCall: ((_ method: String, _ trace: String) -> Void)?

    let service: String
    let version: String
    let loop: EventLoop
    let limits: RPCLimits
    let servedUIDs: Set<UInt32>
    private(set) var methods: [String: EventMethod] = [:]
    private var connections: [ObjectIdentifier: EventConnection] = [:]
    private var listeners: Set<Int32> = []

    /// `service` and `version` are what the hello says; `servedUIDs` are admitted to `RPCAccess.engine` besides root and the own uid.
    public init(service: String, version: String, loop: EventLoop, limits: RPCLimits = .standard, servedUIDs: Set<UInt32> = []) {
        self.service = service
        self.version = version
        self.loop = loop
        self.limits = limits
        self.servedUIDs = servedUIDs
    }

    deinit { close() }

    public var connectionCount: Int { connections.count }

    /// Registers a method. The handler may reply later; until then the call can be cancelled.
    public func add<M: RPCMethod>(_ method: M.Type, _ handler: @escaping (M.Request, RPCCall<M>) -> Void) {
        methods[M.name] = EventMethod(access: M.access) { request, connection, descriptors in
            let call = RPCCall<M>(EventCall(request, on: connection, descriptors: descriptors))
            call.begin(request, handler)
        }
    }

    /// Registers a method with items.
    public func addStream<M: RPCStreamMethod>(_ method: M.Type, _ handler: @escaping (M.Request, RPCEventStream<M>) -> Void) {
        methods[M.name] = EventMethod(access: M.access) { request, connection, descriptors in
            let stream = RPCEventStream<M>(EventCall(request, on: connection, descriptors: descriptors))
            stream.begin(request, handler)
        }
    }

    /// Serves an accepted connection; takes the descriptor, even when it throws `EventLoop.Failure`.
    public func adopt(connection descriptor: Int32) throws {
        guard connections.count < limits.connections else {
            Glibc.close(descriptor)
            return log("refused a connection: \(connections.count) are open, as many as are allowed")
        }
        let connection: EventConnection
        do {
            connection = try EventConnection(descriptor, server: self)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        connections[ObjectIdentifier(connection)] = connection
        connection.start()
        onConnectionCountChange?(connections.count)
    }

    /// Accepts the connections of a listening socket; takes the descriptor, even when it throws `EventLoop.Failure`.
    public func listen(fd descriptor: Int32) throws {
        do {
            let result = clinux_prepare_descriptor(descriptor)
            guard result == 0 else { throw EventLoop.Failure(call: "fcntl", code: -result) }
            try watch(descriptor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        listeners.insert(descriptor)
    }

    /// Closes the listeners and every connection; the calls in flight are cancelled.
    public func close() {
        for listener in listeners {
            loop.remove(listener)
            Glibc.close(listener)
        }
        listeners.removeAll()
        for connection in connections.values { connection.disconnect() }
    }

    func forget(_ connection: EventConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        onConnectionCountChange?(connections.count)
    }

    func log(_ words: String) { onLog?(words) }

    private func watch(_ listener: Int32) throws {
        try loop.add(listener, .readable) { [weak self] _ in self?.accept(from: listener) }
    }

    private func accept(from listener: Int32) {
        for _ in 0..<Self.acceptsATurn {
            let descriptor = clinux_accept(listener)
            guard descriptor >= 0 else { return acceptFailed(listener, code: -descriptor) }
            do {
                try adopt(connection: descriptor)
            } catch {
                log("could not serve a connection: \(error)")
            }
        }
    }

    private func acceptFailed(_ listener: Int32, code: Int32) {
        switch code {
        case EAGAIN, ECONNABORTED, EPERM: return
        default: pause(listener, code: code)
        }
    }

    // Out of descriptors or memory: the listener stays readable, so look away for a while instead of spinning.
    private func pause(_ listener: Int32, code: Int32) {
        log("could not accept a connection: errno \(code)")
        loop.remove(listener)
        loop.schedule(afterMilliseconds: 100) { [weak self] in
            guard let self, self.listeners.contains(listener) else { return }
            do {
                try self.watch(listener)
            } catch {
                self.log("could not listen again: \(error)")
            }
        }
    }

    private static let acceptsATurn = 16
}

/// A registered method, its types forgotten.
struct EventMethod {
    let access: RPCAccess
    let start: (RPCIncomingRequest, EventConnection, [Int32]) -> Void
}
