// A supervisor's end of the descriptor store: takes descriptors from a service and has them for its next process.
import CLinux
import Glibc

/// The socket in a service's `NOTIFY_SOCKET`, and what the service asked to be kept. For one thread.
public final class DescriptorKeeper {
    /// One descriptor, under the name it came with.
    public struct Entry: Equatable {
        public let name: String
        public let descriptor: Int32
    }

    /// What a message asks for.
    enum Request: Equatable {
        case keep(String)
        case forget(String)

        /// nil for any other message.
        init?(_ message: String) {
            let lines = message.split(separator: "\n")
            guard let name = lines.first(where: { $0.hasPrefix("FDNAME=") })?.dropFirst(7), !name.isEmpty,
                !name.contains(":"), name.utf8.count <= 255
            else { return nil }
            if lines.contains("FDSTORE=1") {
                self = .keep(String(name))
            } else if lines.contains("FDSTOREREMOVE=1") {
                self = .forget(String(name))
            } else {
                return nil
            }
        }
    }

    public let path: String
    /// Becomes readable when there is something to `receive`.
    public let socket: Int32
    public private(set) var entries: [Entry] = []

    /// Numbers from here on are clear of those that a child is given.
    static let lowestNumber: Int32 = 8704
    /// Bytes of all names, which the next process finds in one variable of its environment.
    static let namesLimit = 120_000

    /// Binds the socket, in place of what was bound there. Only root and the caller's own user can send to it.
    /// Throws `SystemCallError`.
    public init(path: String) throws {
        guard let name = SupervisorNotification.socketAddress(path) else { throw SystemCallError("bind", path, code: ENAMETOOLONG) }
        self.path = path
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemCallError("socket", path) }
        unlink(path)
        var address = name.address
        let mask = umask(0o177)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, name.length) }
        }
        umask(mask)
        guard bound == 0 else { throw SystemCallError("bind", path) }
    }

    deinit {
        entries.forEach { close($0.descriptor) }
        close(socket)
        unlink(path)
    }

    /// Names separated by `:`, in the order of `entries`.
    public var names: String { entries.map(\.name).joined(separator: ":") }

    /// Deals with all messages there are. Returns what could not be kept.
    public func receive() -> [String] {
        var refused: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var descriptors = [Int32](repeating: -1, count: Int(CLINUX_MAX_DESCRIPTORS))
        while true {
            var count = 0
            let length = clinux_receive(socket, &buffer, buffer.count, &descriptors, &count)
            if length == -Int(EMSGSIZE) { continue }
            guard length >= 0 else { return refused }
            let message = String(decoding: buffer[..<length], as: UTF8.self)
            if let name = handle(message, Array(descriptors[..<count])) { refused.append(name) }
        }
    }

    private func handle(_ message: String, _ descriptors: [Int32]) -> String? {
        switch Request(message) {
        case .keep(let name):
            let room = Self.namesLimit - names.utf8.count
            let raised = descriptors.map { berth_descriptor_raise($0, Self.lowestNumber) }
            guard (name.utf8.count + 1) * raised.count <= room, raised.allSatisfy({ $0 >= Self.lowestNumber }) else {
                raised.forEach { close($0) }
                return name
            }
            entries += raised.map { Entry(name: name, descriptor: $0) }
        case .forget(let name):
            entries.filter { $0.name == name }.forEach { close($0.descriptor) }
            entries.removeAll { $0.name == name }
            descriptors.forEach { close($0) }
        case nil:
            descriptors.forEach { close($0) }
        }
        return nil
    }
}
