// Changes the limits of a group whose processes run.
import Contracts
import Glibc
import Linux

extension UnifiedCgroup {
    func update(_ spec: CgroupSpec) throws(RuntimeFailure) {
        let writes = CgroupWrites.unified(spec, devices: try BlockWrites.numbers(spec.block))
        let missing = enable(Set(writes.map(\.controller)))
        for write in writes where missing.contains(write.controller) {
            throw .cgroup("\(write.file) can't be set: the host has no cgroup controller \"\(write.controller)\"")
        }
        let before = writes.compactMap(directory.present)
        do throws(RuntimeFailure) {
            for write in writes { try apply(write) }
        } catch {
            for write in before { do throws(RuntimeFailure) { try apply(write) } catch {} }
            throw error
        }
    }
}

extension LegacyCgroup {
    func update(_ spec: CgroupSpec) throws(RuntimeFailure) {
        let writes = CgroupWrites.legacy(spec, devices: try BlockWrites.numbers(spec.block))
        for write in writes where mounts[write.controller] == nil {
            throw .cgroup("\(write.file) can't be set: the host has no cgroup controller \"\(write.controller)\"")
        }
        do throws(Errno) {
            try enter(Set(writes.map(\.controller)).subtracting(directories.keys))
            reserveRealtime(spec)
            let before = writes.compactMap { write in directories[write.controller]?.present(write) }
            do throws(Errno) { try apply(inTurn: writes) } catch {
                restore(before)
                throw error
            }
        } catch {
            throw .cgroup("error setting cgroup config: \(error)", errno: error.code)
        }
    }

    /// Makes the group in hierarchies that it wasn't needed in so far, and moves every process there.
    private func enter(_ controllers: Set<String>) throws(Errno) {
        use(controllers)
        for name in controllers.sorted() {
            guard let directory = directories[name] else { continue }
            if !directory.exists { try make(directory) }
            // A process born meanwhile is in its parent's group, old or new: until none is left in the old one.
            var moved = Set<Int32>()
            while case let rest = processes().filter({ !moved.contains($0) }), !rest.isEmpty {
                for pid in rest {
                    moved.insert(pid)
                    do throws(Errno) { try directory.write(String(pid), to: "cgroup.procs") } catch  where error.code == ESRCH {}
                }
            }
        }
    }

    private func restore(_ before: [CgroupWrite]) {
        do throws(Errno) { try apply(inTurn: before) } catch { ShimLog.note("limits can't be restored: \(error)") }
    }

    /// The limit of memory and swap may not be below that of memory at any moment: what can't be set yet is tried again after the others.
    private func apply(inTurn writes: [CgroupWrite]) throws(Errno) {
        var later: [CgroupWrite] = []
        for write in writes {
            do throws(Errno) { try apply(write) } catch {
                guard error.code == EINVAL else { throw error }
                later.append(write)
            }
        }
        for write in later { try apply(write) }
    }
}
