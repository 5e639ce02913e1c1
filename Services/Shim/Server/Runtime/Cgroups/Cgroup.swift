// One container's control group, whichever version the host has.
import Contracts
import Glibc

/// A directory of the group as the container sees it below `/sys/fs/cgroup`.
struct CgroupView: Equatable {
    /// Names below the mount point: one a controller, so that those that are mounted together find the same place.
    /// Empty is the mount point itself.
    var names: [String]
    var hostPath: String
}

protocol Cgroup: AnyObject {
    /// Makes the group with its limits and device rules. On failure nothing stays behind.
    func create(_ spec: CgroupSpec, devices: DevicePolicy) throws(RuntimeFailure)

    /// A descriptor to give to clone3, or -1 where a process can't be born into the group and has to `join`.
    /// `sibling` is a process of the group, whose place is taken when the group itself can't have any.
    func birthplace(beside sibling: Int32?) throws(RuntimeFailure) -> Int32

    /// Files by which a process of one thread joins the group, each by writing 0 to it; none where it is born in the group. They stay
    /// open, and the group's.
    func entries() throws(RuntimeFailure) -> [Int32]

    /// Moves the calling process into the group, unless it was born there.
    func join() throws(RuntimeFailure)

    /// The host's numbers of all processes in the group and the groups below it.
    func processes() -> [Int32]

    /// The directory by whose files it is frozen; nil where there is none.
    var freezer: String? { get }
    func freeze() throws(RuntimeFailure)
    func thaw() throws(RuntimeFailure)

    /// SIGKILL to every process, frozen ones included.
    func kill()

    /// Removes the group, those below it, and the parent if the engine made it and it is empty. False while processes are left.
    func remove() -> Bool

    /// What the container is shown of the control groups; `ownRoot` when it has a cgroup namespace of its own.
    func views(ownRoot: Bool) -> [CgroupView]

    /// Notices of memory shortage; nil without a memory controller.
    func watchMemory() -> MemoryWatch?

    /// Processes killed for lack of memory since the group was made; nil when that isn't known, as after its removal.
    func outOfMemoryKills() -> Int?

    /// Writes limits while processes run. On failure those that have one value are what they were.
    func update(_ spec: CgroupSpec) throws(RuntimeFailure)

    /// Fills in what the group counts.
    func readStats(into sample: inout StatsSample)

    /// The most memory it had, in bytes; nil where that isn't known.
    func memoryPeak() -> Int64?
}

extension Cgroup {
    /// Makes the group, in place of one that is there: who makes it has the container for itself, so that was left by a shim that died
    /// while it started the container.
    func replace(_ spec: CgroupSpec, devices: DevicePolicy) throws(RuntimeFailure) {
        do throws(RuntimeFailure) {
            try create(spec, devices: devices)
        } catch {
            guard error.errno == EEXIST else { throw error }
            destroy()
            try create(spec, devices: devices)
        }
    }

    /// Kills what is left and removes the group, trying for about two seconds: a killed process takes a moment to go.
    func destroy() {
        var pause: UInt32 = 500
        for _ in 0..<48 {
            if remove() { return }
            kill()
            pauseMicroseconds(pause)
            pause = min(pause * 2, 50_000)
        }
    }
}
