// File systems that the kernel lets only the host's root mount, or only where they can be seen already: made by a helper in the
// container's other namespaces, and handed to the container's first process.
import CLinux
import Glibc
import Linux

/// A pair of sockets from the helper to the process.
final class FilesystemSupply {
    private static let types: Set<String> = ["proc", "sysfs", "mqueue"]

    private let receiver: Int32
    private var sender: Int32

    init() throws(RuntimeFailure) {
        var ends: [Int32] = [-1, -1]
        let result = clinux_message_pair(&ends)
        guard result == 0 else { throw RuntimeFailure(step: "clone", errno: -result, message: "socketpair: errno \(-result)") }
        (receiver, sender) = (ends[0], ends[1])
    }

    deinit {
        endSending()
        close(receiver)
    }

    /// In the shim, when the helper has ended: the process must not wait for more.
    func endSending() {
        if sender >= 0 { close(sender) }
        sender = -1
    }

    static func mounts(of plan: MountPlan) -> [FilesystemMount] {
        plan.steps.compactMap { step in
            if case .filesystem(let mount) = step, types.contains(mount.type) { mount } else { nil }
        }
    }

    /// By the helper, which is in the container's PID, network and IPC namespaces.
    func send(_ plan: MountPlan) throws(RuntimeFailure) {
        for mount in Self.mounts(of: plan) {
            do throws(Errno) {
                let made = try DetachedMount.make(mount.type, source: mount.source, options: mount.pairs, attributes: mount.attributes)
                var byte: UInt8 = 0
                try Errno.check(clinux_message_send(sender, &byte, 1, made.descriptor), "send")
            } catch {
                throw .mount(mount.type, mount.destination, "\(error)", errno: error.code)
            }
        }
    }

    /// By the process: by destination. Ends the process when there is no helper any more, which has told the shim why.
    func receive(_ plan: MountPlan) -> [String: DetachedMount] {
        endSending()
        var received: [String: DetachedMount] = [:]
        for mount in Self.mounts(of: plan) {
            var byte: UInt8 = 0
            var descriptor: Int32 = -1
            guard clinux_message_receive(receiver, &byte, 1, &descriptor) > 0, descriptor >= 0 else { _exit(1) }
            received[mount.destination] = DetachedMount(taking: descriptor)
        }
        return received
    }
}
