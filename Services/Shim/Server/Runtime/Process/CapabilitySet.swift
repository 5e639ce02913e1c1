// Capabilities as a set, and their names.
import CCapability
import CLinux

struct CapabilitySet: Equatable, Hashable {
    /// One bit a capability.
    var bits: UInt64

    static let none = CapabilitySet(bits: 0)
    static let systemAdministration = CapabilitySet(bits: 1 << 21)
    /// The number of the one to look into other processes.
    static let tracing: Int32 = 19

    struct UnknownCapability: Error, Equatable { let name: String }

    init(bits: UInt64) { self.bits = bits }

    /// From names as `CAP_CHOWN`.
    init(names: [String]) throws(UnknownCapability) {
        bits = 0
        for name in names {
            var value: cap_value_t = 0
            guard cap_from_name(name.lowercased(), &value) == 0, (0..<64).contains(value) else { throw UnknownCapability(name: name) }
            bits |= 1 << UInt64(value)
        }
    }

    /// What the calling process may hand on.
    static func permitted() -> CapabilitySet {
        var bits: UInt64 = 0
        return clinux_permitted_capabilities(&bits) == 0 ? CapabilitySet(bits: bits) : .none
    }

    /// The highest number that the running kernel knows.
    static func highest() -> Int32 { Int32(cap_max_bits()) - 1 }

    func contains(_ number: Int32) -> Bool { bits >> UInt64(number) & 1 == 1 }

    func union(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(bits: bits | other.bits) }
    func intersection(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(bits: bits & other.bits) }

    /// Docker's own fourteen.
    static let dockerNames = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE",
        "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]
}
