// Lines that come many at a time: where one file ends and the next begins.
import ContainerLog
import Foundation
import Testing

@Suite struct RotatingFileTests {
    /// As if each line had come alone.
    @Test(arguments: [1, 7, 100, 1000], [1, 2, 13, 5000])
    func `Where a file ends doesn't depend on how many lines come at once`(maxSize: Int64, batch: Int) throws {
        let lines = (0..<300).map { Array("\($0)\(String(repeating: "x", count: $0 % 17))\n".utf8) }
        let (single, several) = (try LogFixture(), try LogFixture())
        let limits = LogLimits(maxSize: maxSize, maxFile: 400)
        let one = try RotatingFile(path: single.path, limits: limits)
        for line in lines { one.append(line, count: 1) }
        let many = try RotatingFile(path: several.path, limits: limits)
        for start in stride(from: 0, to: lines.count, by: batch) {
            let part = lines[start..<min(lines.count, start + batch)]
            many.append(Array(part.joined()), count: part.count)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: single.directory)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: several.directory)) == Set(names))
        for name in names {
            let suffix = String(name.dropFirst("c-json.log".count))
            #expect(single.contents(suffix) == several.contents(suffix), "\(name)")
        }
    }

    @Test func `A batch that is larger than the disk loses what doesn't fit, by whole lines`() throws {
        let disk = try SmallDisk(kilobytes: 16)
        defer { disk.unmount() }
        let file = try RotatingFile(path: "\(disk.path)/log", limits: LogLimits())
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        file.append(Array(repeatElement(line, count: 1000).joined()), count: 1000)
        let kept = try String(contentsOfFile: "\(disk.path)/log", encoding: .utf8)
        #expect(kept.utf8.count % 100 == 0 && file.droppedLines == UInt64(1000 - kept.utf8.count / 100))
    }
}
