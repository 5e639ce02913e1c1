// How a container in a user namespace is set up: the steps are those of any, by more processes.
import CLinux
import Contracts
import Glibc
import Linux

extension ContainerSetup {
    func launch(
        in users: UserNamespace, _ cgroup: any Cgroup, _ held: HeldMounts, _ host: RuntimeHost
    ) throws(RuntimeFailure) -> StartedProcess {
        try host.prepareMounts()
        let supply = try FilesystemSupply()
        UserNamespace.give(process.stdio, to: users.map)
        // Filled by the outer process, whose copy the process inherits.
        var (held, root): (HeldMounts, DetachedMount?) = (held, nil)
        var launcher = SiblingLauncher(namespaces: namespaces.new.union(.mount), birthplace: try cgroup.birthplace(beside: nil))
        if case .path = namespaces.spec.pid { launcher.patience = .start }
        return try launcher.launch { (channel) throws(RuntimeFailure) in
            try process.begin(channel)
            try process.raiseLimits()
            try cgroup.join()
            root = try held.complete(spec.rootfs, rootfs.plan)
            try namespaces.enterShared(withProcesses: true)
            try host.withEmptyMounts { (empty) throws(RuntimeFailure) in try empty.enter() }
            try users.enter()
        } serve: { (pidfd) throws(RuntimeFailure) in
            try help(pidfd, supply, host)
        } _: { (channel) throws(RuntimeFailure) in
            try process.dieWithShim(channel)
            try namespaces.makeOwn()
            try nameHost()
            try channel.send(.waiting)
            let supplied = supply.receive(rootfs.plan)
            guard let root else { throw RuntimeFailure(step: "rootfs", errno: 0, message: "no root file system") }
            try rootfs.assemble(root, held, supplied)
            try process.leaveHost(channel)
            try process.finish(channel)
        }
    }

    /// Runs the helper to its end.
    private func help(_ pidfd: Int32, _ supply: FilesystemSupply, _ host: RuntimeHost) throws(RuntimeFailure) {
        let helper = try host.withChildren(in: pidfd) { () throws(RuntimeFailure) in
            try ProcessLauncher().launch { (channel) throws(RuntimeFailure) in
                do throws(Errno) {
                    try ([.network, .ipc, .uts] as Namespaces).enter(pidfd)
                } catch {
                    throw RuntimeFailure(step: "namespace", errno: error.code, message: "unable to join the container: \(error)")
                }
                // The process goes on when it has its file systems, and may read these at once.
                try rootfs.writeSysctls()
                // Said before: with the last of its file systems the process may end at once, and the helper with it.
                try channel.send(.ready)
                try supply.send(rootfs.plan)
                _exit(0)
            }
        }
        var status: Int32 = 0
        while waitpid(helper.pid, &status, 0) < 0, errno == EINTR {}
        close(helper.pidfd)
        supply.endSending()
    }
}
