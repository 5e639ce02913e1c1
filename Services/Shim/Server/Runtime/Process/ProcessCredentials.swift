// Who a process is and what it may do: groups, user, capabilities, no_new_privs, the seccomp filter, in the order that works.
import CLinux
import Glibc
import Linux

struct ProcessCredentials {
    let user: ProcessUser
    let capabilities: CapabilitySet
    let noNewPrivileges: Bool
    let filter: SeccompFilter?

    /// What the process has in the end. Another user than root gets capabilities only from the files it executes.
    var held: CapabilitySet { user.uid == 0 ? capabilities : .none }

    /// A filter needs CAP_SYS_ADMIN or no_new_privs.
    private var needsPrivilege: Bool { filter != nil && !noNewPrivileges }

    /// What it has until the filter is in force.
    var sealing: CapabilitySet { needsPrivilege ? held.union(.systemAdministration) : held }

    /// Takes on everything but the filter, and keeps one capability more than it should if the filter needs it.
    func assume() throws(RuntimeFailure) {
        try boundCapabilities()
        try becomeUser()
        try setCapabilities(sealing)
        if noNewPrivileges { try check(clinux_set_no_new_privileges(), "error setting no_new_privs") }
    }

    /// Installs the filter. After this the process may do no more than the container's.
    func seal() throws(RuntimeFailure) {
        try installFilter()
        if sealing != held { try setCapabilities(held) }
    }

    private func boundCapabilities() throws(RuntimeFailure) {
        for number in 0...CapabilitySet.highest() where !capabilities.contains(number) {
            let result = clinux_drop_bounding_capability(number)
            // The library may know capabilities that this kernel doesn't have.
            if result != -EINVAL { try check(result, "unable to drop capability \(number) from the bounding set") }
        }
    }

    private func becomeUser() throws(RuntimeFailure) {
        try check(clinux_set_keep_capabilities(1), "unable to keep capabilities")
        try check(clinux_set_groups(user.groups, user.groups.count), "unable to set supplementary groups")
        try check(clinux_set_group(user.gid), "unable to setgid to \(user.gid)")
        try check(clinux_set_user(user.uid), "unable to setuid to \(user.uid)")
        // The kernel may have opened the memory, a copy of the shim's, to the new user.
        _ = clinux_set_dumpable(0)
        try check(clinux_set_keep_capabilities(0), "unable to reset keep capabilities")
    }

    private func setCapabilities(_ set: CapabilitySet) throws(RuntimeFailure) {
        try check(clinux_set_capabilities(set.bits, set.bits, 0), "unable to apply capabilities")
    }

    private func installFilter() throws(RuntimeFailure) {
        guard let filter else { return }
        let result = filter.instructions.withUnsafeBytes {
            clinux_seccomp_install($0.baseAddress, UInt16(clamping: filter.instructions.count), filter.flags)
        }
        try check(result, "unable to init seccomp")
    }

    private func check(_ result: Int32, _ what: String) throws(RuntimeFailure) {
        guard result < 0 else { return }
        throw RuntimeFailure(step: "credentials", errno: -result, message: "\(what): \(Errno.reason(of: -result))")
    }
}
