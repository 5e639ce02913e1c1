// A container driven through its shim, as the gateway does it.
import CLinux
import Contracts
import Foundation
import RPC
import RPCNIO

@testable import ShimServer

struct TestContainer: Sendable {
    let id: String
    let host: ShimHost
    let connection: RPCConnection

    init(host: ShimHost, connection: RPCConnection, id: String = Self.newID()) {
        self.id = id
        self.host = host
        self.connection = connection
    }

    static func newID() -> String {
        (0..<8).map { _ in String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16) }.joined()
    }

    func adopt(terminal: Bool = false, openStdin: Bool = false, stdinOnce: Bool = false, log: LogSpec = LogSpec()) async throws {
        let request = AdoptContainer.Request(
            containerID: id, root: host.layout.root, run: host.layout.run, terminal: terminal, openStdin: openStdin, stdinOnce: stdinOnce,
            log: log)
        _ = try await connection.call(AdoptContainer.self, request)
    }

    @discardableResult
    func start(
        _ arguments: [String], terminal: Bool = false, supervision: SupervisionSpec? = nil,
        adjust: (inout ContainerSpec) -> Void = { _ in }
    ) async throws -> RunningContainer {
        for name in ["upper", "work"] {
            try FileManager.default.createDirectory(atPath: "\(host.directory)/\(id)/\(name)", withIntermediateDirectories: true)
        }
        let rootfs = RootfsSpec(lower: [host.rootfs], upper: "\(host.directory)/\(id)/upper", work: "\(host.directory)/\(id)/work")
        let process = ProcessSpec(arguments: arguments, environment: ["PATH=/bin"], terminal: terminal)
        var spec = ContainerSpec(id: id, rootfs: rootfs, process: process, hostname: "test", cgroup: CgroupSpec(parent: host.cgroupParent))
        adjust(&spec)
        return try await connection.call(StartContainer.self, .init(spec: spec, supervision: supervision))
    }

    func inspect() async throws -> InspectShim.Response { try await connection.call(InspectShim.self, RPCNothing()) }

    @discardableResult
    func signal(_ signal: Int32, execID: String? = nil, end: EndRequest? = nil) async throws -> SignalContainer.Response {
        try await connection.call(SignalContainer.self, .init(signal: signal, execID: execID, end: end))
    }

    func release(removesContainerDirectory: Bool = true) async throws {
        _ = try await connection.call(ReleaseShim.self, .init(removesContainerDirectory: removesContainerDirectory))
    }

    /// Waits for the end as the gateway does: by watching.
    func exit() async throws -> ExitRecord {
        let stream = try await connection.stream(WatchShim.self, .init())
        for try await notice in stream.outbound {
            if case .exited(let record) = notice.event { return record }
        }
        throw RPCError(.unavailable, "the watch ended before the container")
    }

    /// What the shim tells after a notice, up to the one that is waited for.
    func notices(after sequence: UInt64 = 0, until isLast: (ShimEvent) -> Bool) async throws -> [ShimEvent] {
        let stream = try await connection.stream(WatchShim.self, .init(after: sequence))
        var events: [ShimEvent] = []
        for try await notice in stream.outbound {
            events.append(notice.event)
            if isLast(notice.event) { return events }
        }
        throw RPCError(.unavailable, "the watch ended before what was waited for")
    }

    /// Joins a client; the task ends when the attachment does.
    /// - Parameter waits: until the client has joined; not for a container that has ended, where clients leave as they come.
    func attach(
        stdin: Bool = false, logs: Bool = false, stream: Bool = true, keys: [UInt8] = [], waits: Bool = true
    ) async throws -> (client: ClientEnd, response: Task<AttachContainer.Response, any Error>) {
        let (client, descriptor) = try ClientEnd.pair()
        let request = AttachContainer.Request(stdin: stdin, stdout: true, stderr: true, logs: logs, stream: stream, detachKeys: keys)
        let before = try await inspect().attachedClients
        let response = Task {
            defer { close(descriptor) }
            return try await connection.call(AttachContainer.self, request, descriptors: [descriptor])
        }
        if stream, waits { _ = try await Eventually.holds { try await inspect().attachedClients > before } }
        return (client, response)
    }

    func exec(
        _ execID: String, _ arguments: [String], stdin: Bool = false, terminal: Bool = false, detached: Bool = false
    ) async throws -> ClientEnd {
        let (client, descriptor) = try ClientEnd.pair()
        defer { close(descriptor) }
        let process = ProcessSpec(arguments: arguments, environment: ["PATH=/bin"], terminal: terminal)
        let request = StartExec.Request(execID: execID, process: process, stdin: stdin)
        _ = try await connection.call(StartExec.self, request, descriptors: detached ? [] : [descriptor])
        return client
    }

    /// An exec's exit code, once it is told.
    func execExit(_ execID: String) async throws -> Int32? {
        var code: Int32?
        _ = try await Eventually.holds {
            code = try await inspect().execs.first { $0.execID == execID }?.exitCode
            return code != nil
        }
        return code
    }
}

/// The Docker client's end of an attached stream.
final class ClientEnd: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The client's end, and the one that goes to the shim.
    static func pair() throws -> (ClientEnd, Int32) {
        var pair: [Int32] = [-1, -1]
        guard clinux_unix_pair(&pair) == 0 else { throw RPCError(.internalError, "socketpair: errno \(errno)") }
        return (ClientEnd(pair[0]), pair[1])
    }

    /// Waits off the tasks' threads.
    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    private func wait(for events: Int32) -> Bool {
        var watched = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return poll(&watched, 1, 60_000) == 1
    }

    /// Everything up to the end of the stream.
    func readToEnd() async -> [UInt8] { await read { _ in false } }

    /// Everything up to where the condition holds.
    func read(until isEnough: @escaping @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
        await blocking { [self] in
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while !isEnough(received), wait(for: POLLIN) {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                received += buffer[..<count]
            }
            return received
        }
    }

    func read(containing text: String) async -> String {
        String(decoding: await read { String(decoding: $0, as: UTF8.self).contains(text) }, as: UTF8.self)
    }

    func write(_ text: String) async {
        let bytes = Array(text.utf8)
        await blocking { [self] in
            var rest = bytes[...]
            while !rest.isEmpty, wait(for: POLLOUT) {
                let count = rest.withUnsafeBytes { clinux_send_some(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 || count == -Int(EAGAIN) else { return }
                rest = rest.dropFirst(max(0, count))
            }
        }
    }

    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The payload of one stream of framed output.
    static func payload(_ stream: UInt8, _ framed: [UInt8]) -> String {
        var result: [UInt8] = []
        var rest = framed[...]
        while rest.count >= 8 {
            let head = Array(rest.prefix(8))
            let length = head[4...].reduce(0) { $0 << 8 | Int($1) }
            if head[0] == stream { result += rest.dropFirst(8).prefix(length) }
            rest = rest.dropFirst(8 + length)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
