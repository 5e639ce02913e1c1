// Limits of block devices as values for the files of a control group.
import CLinux
import Contracts
import Glibc
import Linux

enum BlockWrites {
    /// One write a device and limit.
    static func legacy(_ limits: BlockLimits, devices: [String: String]) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        func add(_ file: String, _ value: String, otherwise: String? = nil) {
            let other = otherwise.map { CgroupWrite.Alternative(file: $0, value: value) }
            writes.append(CgroupWrite(controller: "blkio", file: file, value: value, otherwise: other))
        }
        if let weight = limits.weight { add("blkio.weight", String(weight), otherwise: "blkio.bfq.weight") }
        for line in lines(limits.deviceWeights, devices) { add("blkio.weight_device", line, otherwise: "blkio.bfq.weight_device") }
        for line in lines(limits.readBytes, devices) { add("blkio.throttle.read_bps_device", line) }
        for line in lines(limits.writeBytes, devices) { add("blkio.throttle.write_bps_device", line) }
        for line in lines(limits.readOperations, devices) { add("blkio.throttle.read_iops_device", line) }
        for line in lines(limits.writeOperations, devices) { add("blkio.throttle.write_iops_device", line) }
        return writes
    }

    /// The BFQ scheduler's weights where there is one, in its own scale; those of the kernel's cost model otherwise.
    static func unified(_ limits: BlockLimits, devices: [String: String]) -> [CgroupWrite] {
        let weights =
            [(prefix: "default", weight: limits.weight)]
            + limits.deviceWeights.map { device in
                (prefix: devices[device.path] ?? "", weight: Int64(clamping: device.value))
            }
        let shares = weights.compactMap { prefix, weight in
            weight.map { weight in
                CgroupWrite(
                    controller: "io", file: "io.bfq.weight", value: "\(prefix) \(weight)",
                    otherwise: .init(file: "io.weight", value: "\(prefix) \(1 + (weight - 10) * 9999 / 990)"))
            }
        }
        let rates = [
            ("rbps", limits.readBytes), ("wbps", limits.writeBytes), ("riops", limits.readOperations), ("wiops", limits.writeOperations),
        ].flatMap { key, rates in rates.map { "\(devices[$0.path] ?? "") \(key)=\($0.value)" } }
        return shares + rates.map { CgroupWrite(controller: "io", file: "io.max", value: $0) }
    }

    private static func lines(_ rates: [DeviceRate], _ devices: [String: String]) -> [String] {
        rates.map { "\(devices[$0.path] ?? "") \($0.value)" }
    }

    /// `major:minor` of each device that is named. Errors: a path that leads to no device.
    static func numbers(_ limits: BlockLimits?) throws(RuntimeFailure) -> [String: String] {
        guard let limits else { return [:] }
        let all = [limits.deviceWeights, limits.readBytes, limits.writeBytes, limits.readOperations, limits.writeOperations]
        var numbers: [String: String] = [:]
        for path in Set(all.joined().map(\.path)) {
            var file = clinux_file()
            let result = clinux_stat(path, &file)
            guard result == 0 else {
                throw RuntimeFailure(step: "devices", errno: -result, message: "stat \(path): \(Errno.reason(of: -result))")
            }
            guard file.kind == Int32(CLINUX_KIND_BLOCK) else {
                throw RuntimeFailure(step: "devices", errno: ENOTBLK, message: "\(path) is not a block device")
            }
            numbers[path] = "\(file.major):\(file.minor)"
        }
        return numbers
    }
}
