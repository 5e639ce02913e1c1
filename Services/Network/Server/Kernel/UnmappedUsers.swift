// A user namespace in stock: whose IDs it has is said when it is taken.
import CLinux
import Contracts

/// Exists through a process that does nothing else, until it is mapped or given up.
final class UnmappedUsers: Sendable {
    private let held: clinux_held_users

    /// Gives a network namespace that belongs to it, too.
    static func make() throws -> (UnmappedUsers, network: Descriptor) {
        var held = clinux_held_users()
        var raw: Int32 = -1
        try KernelError.check(clinux_hold_users(&held, &raw), "make a user namespace")
        return (UnmappedUsers(held), Descriptor(raw))
    }

    private init(_ held: clinux_held_users) { self.held = held }

    deinit {
        var held = held
        clinux_release_held_users(&held)
    }

    /// Once and for ever.
    func map(to owner: IDMap) throws {
        var held = held
        let result = clinux_map_held_users(&held, owner.users.kernelText, owner.groups.kernelText)
        _ = Descriptor(try KernelError.check(result, "map a user namespace"))
    }
}
