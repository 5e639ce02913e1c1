// What the bytes cost at least: hashed and inflated without being written, and unpacked by tar.
import CInflate
import Crypto
import Foundation
import Glibc
import ServiceKit
import TestSupport

enum ImageFloor {
    struct Corrupt: Error {}

    static func measure(_ material: ImageMaterial) async throws -> String {
        let reading = try await Blocking.run { try timed { for layer in material.layers { try hashAndInflate(layer.gzip) } } }
        let target = "\(material.directory)/floor"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: target) }
        let unpacking = try await Blocking.run {
            try timed {
                for layer in material.layers {
                    let result = try Command("/bin/tar", ["-xpf", layer.plain, "-C", target]).runBlocking()
                    guard result.code == 0 else { throw CommandFailure(what: "tar -x", result: result) }
                }
            }
        }
        return "floor: gzip layers hashed, inflated and hashed again on one core \(text(reading, material)); "
            + "tar -x of the plain layers \(text(unpacking, material))"
    }

    private static func text(_ times: (wall: Double, cpu: Double), _ material: ImageMaterial) -> String {
        "\((Double(material.plainSize) / 1e6 / times.wall).shown) MB/s (\(times.wall.ratio) s), \(times.cpu.ratio) CPU s"
    }

    /// Seconds, children included.
    private static func timed(_ body: () throws -> Void) throws -> (wall: Double, cpu: Double) {
        let before = cpu(), start = ContinuousClock.now
        try body()
        return (start.duration(to: .now).milliseconds / 1e3, cpu() - before)
    }

    private static func cpu() -> Double {
        [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue].reduce(0) { sum, whose in
            var usage = rusage()
            getrusage(__rusage_who_t(truncatingIfNeeded: whose), &usage)
            return sum + [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        }
    }

    private static func hashAndInflate(_ path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemCallError("open", path) }
        defer { close(file) }
        var input = [UInt8](repeating: 0, count: 1 << 20), output = input
        var compressed = SHA256(), plain = SHA256()
        let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
        defer { state.deallocate() }
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
        while true {
            let count = read(file, &input, input.count)
            guard count > 0 else { break }
            compressed.update(data: input[..<count])
            try inflate(&input, count, &output, state) { plain.update(bufferPointer: $0) }
        }
        _ = (compressed.finalize(), plain.finalize())
    }

    private static func inflate(
        _ input: inout [UInt8], _ count: Int, _ output: inout [UInt8], _ state: UnsafeMutablePointer<inflate_state>,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) throws {
        try input.withUnsafeMutableBufferPointer { source in
            state.pointee.next_in = source.baseAddress
            state.pointee.avail_in = UInt32(count)
            repeat {
                try output.withUnsafeMutableBufferPointer { target in
                    state.pointee.next_out = target.baseAddress
                    state.pointee.avail_out = UInt32(target.count)
                    guard isal_inflate(state) >= 0 else { throw Corrupt() }
                    take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(target)[..<(target.count - Int(state.pointee.avail_out))]))
                }
            } while state.pointee.avail_out == 0
        }
    }
}
