// What a new process tells the shim while it is being set up: a terminal, a failure, or that it is about to execute.
// The end of the channel after that is the execution itself, because execve(2) closes it.
import CLinux
import Glibc
import Linux

enum SetupMessage: Equatable {
    /// The next thing is execve(2).
    case ready
    /// Comes with the terminal's master.
    case terminal
    /// A process that is to become the container's was forked; the number is the shim's for it.
    case born(Int32)
    /// It has its namespaces, and waits for what others make in them.
    case waiting
    /// Who it will be.
    case resolved(ResolvedUser)
    case failed(RuntimeFailure)

    private static let longestText = 2048

    var bytes: [UInt8] {
        switch self {
        case .ready: return [1]
        case .terminal: return [2]
        case .born(let pid): return [4] + withUnsafeBytes(of: pid) { Array($0) }
        case .waiting: return [5]
        case .resolved(let user): return [6] + (user.bytes ?? [])
        case .failed(let failure):
            let step = Array(failure.step.utf8.prefix(Self.longestText))
            let words = Array(failure.message.utf8.prefix(Self.longestText))
            let numbers = [failure.errno, failure.exitCode ?? -1, Int32(step.count)].flatMap { number in
                withUnsafeBytes(of: number) { Array($0) }
            }
            return [3] + numbers + step + words
        }
    }

    init?(_ bytes: some RandomAccessCollection<UInt8>) {
        let bytes = Array(bytes)
        switch bytes.first {
        case 1: self = .ready
        case 2: self = .terminal
        case 4 where bytes.count == 5:
            self = .born(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 1, as: Int32.self) })
        case 5: self = .waiting
        case 6:
            guard let user = ResolvedUser(bytes[1...]) else { return nil }
            self = .resolved(user)
        case 3 where bytes.count >= 13:
            let numbers = (0..<3).map { index in
                bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 1 + 4 * index, as: Int32.self) }
            }
            let text = bytes.dropFirst(13)
            guard numbers[2] >= 0, Int(numbers[2]) <= text.count else { return nil }
            self = .failed(
                RuntimeFailure(
                    step: String(decoding: text.prefix(Int(numbers[2])), as: UTF8.self), errno: numbers[0],
                    exitCode: numbers[1] < 0 ? nil : numbers[1],
                    message: String(decoding: text.dropFirst(Int(numbers[2])), as: UTF8.self)))
        default: return nil
        }
    }
}

/// The new process's end.
struct SetupChannel {
    let socket: Int32

    func send(_ message: SetupMessage, descriptor: Int32 = -1) throws(RuntimeFailure) {
        let bytes = message.bytes
        let result = clinux_message_send(socket, bytes, bytes.count, descriptor)
        guard result == 0 else { throw RuntimeFailure(step: "report", errno: -result, message: "the shim is gone") }
    }

    /// Whether the shim has ended.
    var isHungUp: Bool { clinux_is_hung_up(socket) == 1 }
}
