// The writer: files, rotation, and disks that fail.
import ContainerLog
import Foundation
import Testing

@Suite struct LogWriterTests {
    @Test func `Both outputs go to one file, line by line`() throws {
        let log = try LogFixture()
        let writer = try log.writer()
        writer.write("one\ntw")
        writer.write("err\n", to: .stderr)
        #expect(writer.unfinished(.stdout) == Array("tw".utf8))
        writer.write("o\nlast")
        writer.finish()
        var reader = try log.reader()
        #expect(reader.texts() == ["one\n", "err\n", "two\n", "last"])
    }

    @Test func `A log is gone on with, also after a line that was never finished`() throws {
        let log = try LogFixture()
        try log.put(line("a") + #"{"log":"half"#)
        try log.writer().write("b\n")
        var reader = try log.reader()
        #expect(reader.texts() == ["a\n", "b\n"])
        #expect(reader.corruptLines == 1)
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 3), (5, 5)])
    func `Rotation keeps so many files`(maxFile: Int, kept: Int) throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 200, maxFile: Int32(maxFile))
        for number in 0..<100 { writer.write("line \(number)\n") }
        let files = try FileManager.default.contentsOfDirectory(atPath: log.directory)
        #expect(Set(files) == Set((0..<kept).map { $0 == 0 ? "c-json.log" : "c-json.log.\($0)" }))
        for file in files {
            let size = try #require(FileManager.default.attributesOfItem(atPath: "\(log.directory)/\(file)")[.size] as? Int)
            #expect(size < 300)
        }
        var reader = try log.reader()
        let texts = reader.texts()
        #expect(texts.last == "line 99\n")
        #expect(texts == (100 - texts.count..<100).map { "line \($0)\n" })
    }

    @Test func `A hostile size makes a file a line`() throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 1, maxFile: .max)
        for number in 0..<20 { writer.write("\(number)\n") }
        var reader = try log.reader()
        #expect(reader.texts() == (0..<20).map { "\($0)\n" })
        #expect(log.contents(".19") != nil && log.contents(".20") == nil)
    }

    @Test func `A file that somebody emptied isn't rotated early`() throws {
        let log = try LogFixture()
        let writer = try log.writer(maxSize: 1000, maxFile: 2)
        writer.write(String(repeating: "x", count: 900) + "\n")
        truncate(log.path, 0)
        writer.write("y\n")
        writer.write("z\n")
        #expect(log.contents(".1") == nil)
        var reader = try log.reader()
        #expect(reader.texts() == ["y\n", "z\n"])
    }

    @Test func `A full disk loses whole lines, counts them, and is recovered from`() throws {
        let disk = try SmallDisk(kilobytes: 16)
        defer { disk.unmount() }
        let writer = try LogWriter(path: "\(disk.path)/log", limits: LogLimits())
        let filler = String(repeating: "f", count: 500) + "\n"
        for _ in 0..<100 { writer.write(filler) }
        let dropped = writer.droppedLines
        #expect(dropped > 0 && dropped < 100)
        var full = try LogReader(path: "\(disk.path)/log")
        #expect(full.texts().count == 100 - Int(dropped))
        #expect(full.corruptLines == 0)
        truncate("\(disk.path)/log", 0)
        writer.write("again\n")
        var reader = try LogReader(path: "\(disk.path)/log")
        #expect(reader.texts() == ["again\n"])
        #expect(writer.droppedLines == dropped)
    }

    @Test func `Trouble is told once, and once when it is over`() throws {
        let disk = try SmallDisk(kilobytes: 16)
        defer { disk.unmount() }
        let writer = try LogWriter(path: "\(disk.path)/log", limits: LogLimits())
        var told: [Bool] = []
        writer.onTrouble = { told.append($0) }
        let second: Int64 = 1_000_000_000
        for number in 0..<200 { writer.write(String(repeating: "x", count: 500) + "\n", at: Int64(number) * 1000) }
        #expect(told == [true])
        truncate("\(disk.path)/log", 0)
        writer.write("a\n", at: second / 2)
        #expect(told == [true])
        writer.write("b\n", at: 3 * second)
        writer.write("c\n", at: 4 * second)
        #expect(told == [true, false])
    }

    @Test func `A directory that isn't there is an error`() {
        #expect(throws: LogFailure(operation: "open", path: "/nonexistent/log", errno: ENOENT)) {
            _ = try LogWriter(path: "/nonexistent/log", limits: LogLimits())
        }
    }

    @Test func `The file is for root and its group alone`() throws {
        let log = try LogFixture()
        _ = try LogWriter(path: log.path, limits: LogLimits(), group: 12_345)
        var status = stat()
        #expect(stat(log.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o640)
        #expect(status.st_gid == 12_345)
    }
}

/// A tmpfs that is soon full.
struct SmallDisk {
    let path: String

    init(kilobytes: Int) throws {
        path = "/tmp/berth-log-disk-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw LogFailure(operation: "mount", path: path, errno: errno)
        }
    }

    func unmount() {
        umount(path)
        rmdir(path)
    }
}
