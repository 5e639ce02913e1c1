// The user that an unprivileged service runs as.
import ArgumentParser
import Glibc

struct EngineUser: Equatable {
    static let root = EngineUser(name: "root", uid: 0, gid: 0)
    /// The user that `deploy/install` makes.
    static let standardName = "berth"

    var name: String
    var uid: uid_t
    var gid: gid_t

    /// The user asked for, which must exist; or the standard one; or root where there is none.
    static func forGateway(named name: String?) throws -> EngineUser {
        if let name {
            guard let user = named(name) else {
                throw ValidationError("there is no user '\(name)'; make it, or choose another --gateway-user")
            }
            return user
        }
        return named(standardName) ?? .root
    }

    /// A group by name or number.
    static func group(_ name: String) throws -> gid_t {
        if let number = gid_t(name) { return number }
        guard let entry = getgrnam(name) else {
            throw ValidationError("there is no group '\(name)'; make it, or choose another --group")
        }
        return entry.pointee.gr_gid
    }

    static func named(_ name: String) -> EngineUser? {
        guard let entry = getpwnam(name) else { return nil }
        return EngineUser(name: name, uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
    }
}
