// Version 1: one directory in each controller's hierarchy.
import CLinux
import Contracts
import Glibc
import Linux

final class LegacyCgroup: Cgroup {
    /// What every container has a group in: for its control, for its statistics, and because runtimes like Java's that miss one of the
    /// first four take themselves for unlimited.
    private static let always: Set<String> = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids", "blkio"]

    let mounts: [String: String]
    /// The group's directory in the hierarchy of each controller in use.
    private(set) var directories: [String: CgroupDirectory] = [:]
    private let parent: String
    private let id: String
    /// Of the groups' `tasks` files, once there was an exec.
    private var openEntries: [Int32] = []

    init(mounts: [String: String], parent: String, id: String) {
        self.mounts = mounts
        self.parent = parent
        self.id = id
        use(Self.always.filter { mounts[$0] != nil })
    }

    /// A group that an earlier shim made, in whichever hierarchies it is.
    convenience init(leftIn mounts: [String: String], parent: String, id: String) {
        self.init(mounts: mounts, parent: parent, id: id)
        use(Set(mounts.keys))
    }

    deinit { closeEntries() }

    func use(_ controllers: Set<String>) {
        closeEntries()
        for name in controllers {
            directories[name] = mounts[name].map { CgroupDirectory(root: $0, parent: parent, id: id) }
        }
    }

    /// Each directory once.
    private var distinct: [CgroupDirectory] {
        var seen = Set<String>()
        return directories.values.filter { seen.insert($0.path).inserted }
    }

    func create(_ spec: CgroupSpec, devices: DevicePolicy) throws(RuntimeFailure) {
        let writes = CgroupWrites.legacy(spec, devices: try BlockWrites.numbers(spec.block))
        for write in writes where mounts[write.controller] == nil {
            throw .cgroup("\(write.file) can't be set: the host has no cgroup controller \"\(write.controller)\"")
        }
        use(Set(writes.map(\.controller)))
        do throws(Errno) {
            for directory in distinct { try make(directory) }
            reserveRealtime(spec)
            for write in writes { try apply(write) }
            try apply(devices)
        } catch {
            _ = remove()
            throw .cgroup("error setting cgroup config: \(error)", errno: error.code)
        }
    }

    func make(_ directory: CgroupDirectory) throws(Errno) {
        try directory.make()
        guard directory.path == directories["cpuset"]?.path else { return }
        // A new cpuset has neither processors nor memory, and takes no process until it has both. Another container may just be
        // making the same ancestors; none of them goes away any more.
        for path in directory.ancestors + [directory.path] { try Self.inheritCpuset(path) }
    }

    private static func inheritCpuset(_ path: String) throws(Errno) {
        guard let parent = Directory.parent(of: path) else { return }
        for file in ["cpuset.cpus", "cpuset.mems"] {
            guard try SmallFile.text("\(path)/\(file)").isEmpty else { continue }
            try SmallFile.write(try SmallFile.text("\(parent)/\(file)"), to: "\(path)/\(file)")
        }
    }

    func apply(_ write: CgroupWrite) throws(Errno) { try directories[write.controller]?.apply(write) }

    /// A group has no more real time than the one it is in.
    func reserveRealtime(_ spec: CgroupSpec) {
        guard let runtime = spec.cpuRealtimeRuntime, runtime > 0 else { return }
        let period = max(1, spec.cpuRealtimePeriod ?? 1_000_000)
        directories["cpu"]?.reserveRealtime(Int64((Double(runtime) * 1_000_000 / Double(period)).rounded(.up)))
    }

    private func apply(_ devices: DevicePolicy) throws(Errno) {
        guard case .only(let rules) = devices, let directory = directories["devices"] else { return }
        try directory.write("a", to: "devices.deny")
        for rule in rules { try directory.write(rule.text, to: "devices.allow") }
    }

    func birthplace(beside sibling: Int32?) -> Int32 { -1 }

    /// A thread that moves itself by `tasks` spares the kernel a lock that takes it milliseconds to get, which moving a process by
    /// `cgroup.procs` does not.
    func entries() throws(RuntimeFailure) -> [Int32] {
        if !openEntries.isEmpty { return openEntries }
        for directory in distinct {
            let entry = clinux_open_file("\(directory.path)/tasks", O_WRONLY, 0)
            guard entry >= 0 else {
                closeEntries()
                throw Self.unjoined(Errno(code: -entry, call: "open \(directory.path)/tasks"))
            }
            openEntries.append(entry)
        }
        return openEntries
    }

    private func closeEntries() {
        for entry in openEntries { close(entry) }
        openEntries = []
    }

    func join() throws(RuntimeFailure) {
        do throws(Errno) {
            for entry in openEntries where write(entry, "0", 1) != 1 { throw Errno(code: errno, call: "write tasks") }
            if openEntries.isEmpty { for directory in distinct { try directory.write("0", to: "tasks") } }
        } catch {
            throw Self.unjoined(error)
        }
    }

    private static func unjoined(_ error: Errno) -> RuntimeFailure {
        .cgroup("unable to apply cgroup configuration: \(error)", errno: error.code)
    }

    func processes() -> [Int32] {
        (directories["freezer"] ?? directories["pids"] ?? directories.values.first)?.processes() ?? []
    }

    var freezer: String? { directories["freezer"]?.path }

    func freeze() throws(RuntimeFailure) {
        do throws(Errno) {
            try turn("FROZEN")
        } catch {
            do throws(Errno) { try turn("THAWED") } catch {}
            throw .cgroup("unable to freeze: \(error)", errno: error.code)
        }
    }

    func thaw() throws(RuntimeFailure) {
        do throws(Errno) { try turn("THAWED") } catch { throw .cgroup("unable to thaw: \(error)", errno: error.code) }
    }

    /// A process that forks just then may be missed; asking again reaches it.
    private func turn(_ state: String) throws(Errno) {
        guard let directory = directories["freezer"] else { throw Errno(code: ENOSYS, call: "freezer.state") }
        for attempt in 0..<500 {
            if attempt % 25 == 0 { try directory.write(state, to: "freezer.state") }
            if directory.read("freezer.state") == state { return }
            pauseMicroseconds(1000)
        }
        throw Errno(code: EBUSY, call: "freezer.state")
    }

    func kill() {
        for pid in processes() { _ = Glibc.kill(pid, SIGKILL) }
        // A frozen process dies when it is thawed.
        do throws(Errno) { try directories["freezer"]?.write("THAWED", to: "freezer.state") } catch {}
    }

    func remove() -> Bool {
        var gone = true
        for directory in distinct {
            if directory.remove() { directory.removeAncestors() } else { gone = false }
        }
        return gone
    }

    func views(ownRoot: Bool) -> [CgroupView] {
        let byMount = Dictionary(grouping: directories.keys) { mounts[$0] ?? "" }
        return byMount.compactMap { mount, controllers in
            guard let place = mount.split(separator: "/").last, let path = controllers.first.flatMap({ directories[$0]?.path }) else {
                return nil
            }
            return CgroupView(names: [String(place)] + controllers.filter { $0 != place }.sorted(), hostPath: path)
        }.sorted { $0.hostPath < $1.hostPath }
    }

    func watchMemory() -> MemoryWatch? { directories["memory"].flatMap(MemoryWatch.legacy) }

    func memoryPeak() -> Int64? { directories["memory"]?.read("memory.max_usage_in_bytes").flatMap { Int64($0) } }

    func outOfMemoryKills() -> Int? { directories["memory"]?.value("oom_kill", in: "memory.oom_control") }
}
