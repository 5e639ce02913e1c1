// Logging by a process that may be slow, late, or gone: here a thread of the test with the process's ends of the pipes.
import CLinux
import ContainerLog
import Foundation
import Glibc
import Linux
import Synchronization
import Testing

@testable import ShimServer

@Suite struct LogProcessTests {
    /// The other side of the pipes. It begins when it is told to, so that a disk can be slow.
    private final class Writer: Sendable {
        private let ends = Mutex<[(files: LogFiles, input: Int32, progress: Int32)]>([])
        let launches = Atomic<Int>(0)

        func launch(_ files: LogFiles, _ input: Int32, _ progress: Int32) -> Bool {
            launches.add(1, ordering: .relaxed)
            ends.withLock { $0.append((files, fcntl(input, F_DUPFD_CLOEXEC, 3), fcntl(progress, F_DUPFD_CLOEXEC, 3))) }
            return true
        }

        func serve() {
            let taken = ends.withLock { ends in
                defer { ends = [] }
                return ends
            }
            for end in taken {
                Thread.detachNewThread {
                    try? LogKeeper(end.files, input: end.input, progress: end.progress).serve()
                    close(end.input)
                    close(end.progress)
                }
            }
        }

        /// As one that is killed.
        func die() {
            ends.withLock { ends in
                for end in ends {
                    close(end.input)
                    close(end.progress)
                }
                ends = []
            }
        }
    }

    private let directory: TemporaryDirectory
    private let loop: EventLoop
    private let writer = Writer()

    init() throws {
        // As the shim has it.
        signal(SIGPIPE, SIG_IGN)
        directory = try TemporaryDirectory("log")
        loop = try EventLoop()
    }

    private func process(buffer: Int? = nil) -> LogProcess {
        let files = LogFiles(path: "\(directory.path)/log", limits: LogLimits(), group: nil, compresses: false)
        return LogProcess(files, bufferBytes: buffer, loop: loop, launch: writer.launch)
    }

    private func turn(until condition: () -> Bool) throws -> Bool { try loop.turn(until: condition) }

    private func write(_ numbers: Range<Int>, to log: LogWriter, width: Int = 0) {
        let padding = String(repeating: "x", count: width)
        for number in numbers { Array("\(number)\(padding)\n".utf8).withUnsafeBufferPointer { log.write($0, to: .stdout, at: 0) } }
    }

    /// The numbers at the beginning of the lines that are logged.
    private func logged() throws -> [Int] {
        var reader = try LogReader(path: "\(directory.path)/log")
        var numbers: [Int] = []
        while let entry = reader.next() {
            let digits = entry.bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            numbers.append(Int(String(decoding: digits, as: UTF8.self)) ?? -1)
        }
        return numbers
    }

    @Test func `What is written arrives, and is known to have arrived`() throws {
        let process = process()
        let log = LogWriter(sink: process)
        #expect(process.isSettled && writer.launches.load(ordering: .relaxed) == 0)
        write(0..<10_000, to: log)
        #expect(!process.isSettled)
        writer.serve()
        #expect(try turn { process.isSettled })
        #expect(try logged() == Array(0..<10_000))
        #expect(log.droppedLines == 0 && writer.launches.load(ordering: .relaxed) == 1)
    }

    @Test func `A disk that is slow holds the output up, and loses nothing`() throws {
        let log = LogWriter(sink: process())
        var flows = 0
        log.onFlow = { flows += 1 }
        var written = 0
        while !log.isFull {
            write(written..<written + 1, to: log, width: 1000)
            written += 1
        }
        var isSettled = false
        log.whenSettled { isSettled = true }
        writer.serve()
        #expect(try turn { isSettled })
        #expect(!log.isFull && flows > 0)
        #expect(try logged() == Array(0..<written))
    }

    @Test func `A disk that does nothing at all loses what it can't take, told once, and is gone on with`() throws {
        let log = LogWriter(sink: process())
        var told: [Bool] = []
        log.onTrouble = { told.append($0) }
        var written = 0
        while !log.isFull {
            write(written..<written + 1, to: log, width: 1000)
            written += 1
        }
        log.stopHoldingUp()
        #expect(!log.isFull)
        write(written..<written + 5000, to: log, width: 1000)
        #expect(log.droppedLines > 1000 && log.droppedLines < 5000 && told == [true] && !log.isFull)
        let dropped = Int(log.droppedLines)
        writer.serve()
        #expect(try turn { log.isSettled })
        // Those that were there first are kept.
        #expect(try logged() == Array(0..<written + 5000 - dropped))
        write(0..<10, to: log)
        #expect(try turn { log.isSettled } && log.droppedLines == UInt64(dropped))
    }

    @Test(arguments: [1, 100_000])
    func `With a buffer the output is never held up, and new lines are lost when it is full`(buffer: Int) throws {
        let log = LogWriter(sink: process(buffer: buffer))
        write(0..<2000, to: log, width: 1000)
        #expect(!log.isFull && log.droppedLines > 0)
        let kept = 2000 - Int(log.droppedLines)
        // The pipe has room for a quarter of a MiB.
        #expect(kept > 150 && kept < 500)
        writer.serve()
        #expect(try turn { log.isSettled })
        #expect(try logged() == Array(0..<kept))
    }

    @Test func `What a writer that is killed had is counted, and the next goes on with a whole line`() throws {
        let process = process()
        let log = LogWriter(sink: process)
        var written = 0
        while !log.isFull {
            write(written..<written + 1, to: log, width: 1000)
            written += 1
        }
        writer.die()
        #expect(try turn { writer.launches.load(ordering: .relaxed) == 2 })
        writer.serve()
        #expect(try turn { log.isSettled })
        write(written..<written + 3, to: log)
        #expect(try turn { log.isSettled })
        let lines = try logged()
        #expect(lines.suffix(3) == [written, written + 1, written + 2] && !lines.contains(-1))
        #expect(Int(log.droppedLines) + lines.count == written + 3)
    }

    @Test func `A file that can't be opened is tried again, and what is lost is counted`() throws {
        let log = LogWriter(sink: process())
        rmdir(directory.path)
        write(0..<3, to: log)
        writer.serve()
        #expect(try turn { log.isSettled && log.droppedLines == 3 })
        mkdir(directory.path, 0o755)
        write(3..<5, to: log)
        #expect(try turn { log.isSettled })
        #expect(try logged() == [3, 4] && log.droppedLines == 3)
    }
}
