// Version 2: one directory for all controllers.
import CLinux
import Contracts
import Glibc
import Linux

final class UnifiedCgroup: Cgroup {
    /// Turned on for every container where the host has them: for limits, statistics, and programs that look at their own group.
    private static let wanted = ["cpu", "cpuset", "io", "memory", "pids"]

    private let root: String
    let directory: CgroupDirectory
    private var descriptor: Int32 = -1
    /// Where `birthplace` last led beside a sibling.
    private var siblingPlace: Int32 = -1

    /// Between a slice and the group. Whenever systemd sees to a slice, it takes from what is directly in it the controllers that none of
    /// its units asks for, and the limits with them; the kernel keeps it from taking those that are handed on.
    private static let keeper = "berth"

    private init(root: String, _ directory: CgroupDirectory) {
        self.root = root
        self.directory = directory
    }

    convenience init(root: String, parent: String, id: String) {
        self.init(root: root, CgroupDirectory(root: root, parent: parent, id: id, keeper: Self.keeper))
    }

    /// A group that an earlier shim made, which may have been of a version that made it in the slice itself.
    convenience init(leftIn root: String, parent: String, id: String) {
        let group = CgroupDirectory(root: root, parent: parent, id: id, keeper: Self.keeper)
        self.init(root: root, group.exists ? group : CgroupDirectory(root: root, parent: parent, id: id))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if siblingPlace >= 0 { close(siblingPlace) }
    }

    func create(_ spec: CgroupSpec, devices: DevicePolicy) throws(RuntimeFailure) {
        let writes = CgroupWrites.unified(spec, devices: try BlockWrites.numbers(spec.block))
        do throws(Errno) {
            try directory.make()
        } catch {
            throw .cgroup("error setting cgroup config: \(error)", errno: error.code)
        }
        do throws(RuntimeFailure) {
            let missing = enable(Set(Self.wanted + writes.map(\.controller)))
            for write in writes {
                guard !missing.contains(write.controller) else {
                    throw .cgroup("\(write.file) can't be set: the host has no cgroup controller \"\(write.controller)\"")
                }
                try apply(write)
            }
            try open()
            try apply(devices)
        } catch {
            _ = remove()
            throw error
        }
    }

    /// Hands the controllers down from the root as far as needed. Returns those that aren't to be had.
    func enable(_ controllers: Set<String>) -> Set<String> {
        var missing = controllers.subtracting(available)
        for ancestor in [root] + directory.ancestors where !missing.isEmpty {
            for name in missing {
                do throws(Errno) { try SmallFile.write("+\(name)", to: "\(ancestor)/cgroup.subtree_control") } catch {}
            }
        }
        if !missing.isEmpty { missing = controllers.subtracting(available) }
        return missing
    }

    private var available: Set<String> {
        Set(directory.read("cgroup.controllers")?.split(separator: " ").map(String.init) ?? [])
    }

    func apply(_ write: CgroupWrite) throws(RuntimeFailure) {
        do throws(Errno) { try directory.apply(write) } catch {
            throw .cgroup("error setting cgroup config: \(error)", errno: error.code)
        }
    }

    private func open() throws(RuntimeFailure) {
        descriptor = clinux_open_file(directory.path, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { throw .cgroup("open \(directory.path): \(Errno.reason(of: -descriptor))", errno: -descriptor) }
    }

    private func apply(_ devices: DevicePolicy) throws(RuntimeFailure) {
        guard case .only(let rules) = devices else { return }
        let program = DeviceProgram.instructions(rules)
        let result = program.withUnsafeBytes { clinux_attach_device_program(descriptor, $0.baseAddress, UInt32(program.count)) }
        guard result == 0 else { throw .cgroup("error setting device filter: \(Errno.reason(of: -result))", errno: -result) }
    }

    /// A group that hands controllers to groups below it (an init system does that) can't have processes itself.
    func birthplace(beside sibling: Int32?) throws(RuntimeFailure) -> Int32 {
        guard let sibling, directory.read("cgroup.subtree_control")?.isEmpty == false else { return descriptor }
        do throws(Errno) {
            let line = try SmallFile.text("/proc/\(sibling)/cgroup").split(separator: "\n").first { $0.hasPrefix("0::/") }
            guard let line else { return descriptor }
            let path = root + line.dropFirst(3)
            if siblingPlace >= 0 { close(siblingPlace) }
            siblingPlace = try Errno.check(clinux_open_file(path, O_RDONLY | O_DIRECTORY, 0), "open \(path)")
            return siblingPlace
        } catch {
            throw .cgroup("unable to apply cgroup configuration: \(error)", errno: error.code)
        }
    }

    func entries() -> [Int32] { [] }

    func join() {}

    func processes() -> [Int32] { directory.processes() }

    var freezer: String? { directory.path }

    func freeze() throws(RuntimeFailure) {
        do throws(Errno) {
            try turn("1")
        } catch {
            do throws(Errno) { try turn("0") } catch {}
            throw .cgroup("unable to freeze: \(error)", errno: error.code)
        }
    }

    func thaw() throws(RuntimeFailure) {
        do throws(Errno) { try turn("0") } catch { throw .cgroup("unable to thaw: \(error)", errno: error.code) }
    }

    /// Takes as long as the slowest of its processes' system calls, up to ten seconds: one that waits for a disk stops after that.
    private func turn(_ state: String) throws(Errno) {
        try directory.write(state, to: "cgroup.freeze")
        var (waited, pause): (UInt32, UInt32) = (0, 1000)
        while waited < 10_000_000 {
            if directory.value("frozen", in: "cgroup.events") == Int(state) { return }
            pauseMicroseconds(pause)
            waited += pause
            if waited > 100_000 { pause = 10_000 }
        }
        throw Errno(code: EBUSY, call: "cgroup.freeze")
    }

    func kill() {
        do throws(Errno) {
            try directory.write("1", to: "cgroup.kill")
        } catch {
            // Kernels before 5.14 have no such file.
            for pid in processes() { _ = Glibc.kill(pid, SIGKILL) }
        }
    }

    func remove() -> Bool {
        guard directory.remove() else { return false }
        directory.removeAncestors()
        return true
    }

    func views(ownRoot: Bool) -> [CgroupView] {
        [CgroupView(names: [], hostPath: ownRoot ? directory.path : root)]
    }

    func watchMemory() -> MemoryWatch? { MemoryWatch.unified(directory) }

    func memoryPeak() -> Int64? { directory.read("memory.peak").flatMap { Int64($0) } }

    func outOfMemoryKills() -> Int? { directory.value("oom_kill", in: "memory.events") }
}
