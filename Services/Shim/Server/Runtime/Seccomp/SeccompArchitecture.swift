// Instruction sets as seccomp filters tell them apart, and system calls' numbers in each.
import CSeccomp

enum SeccompArchitecture: String, CaseIterable {
    case x86 = "SCMP_ARCH_X86"
    case x86_64 = "SCMP_ARCH_X86_64"
    case x32 = "SCMP_ARCH_X32"
    case arm = "SCMP_ARCH_ARM"
    case aarch64 = "SCMP_ARCH_AARCH64"

    #if arch(x86_64)
        static let native = SeccompArchitecture.x86_64
        static let nativeDockerName = "amd64"
        static let compatible: [SeccompArchitecture] = [.x86, .x32]
    #elseif arch(arm64)
        static let native = SeccompArchitecture.aarch64
        static let nativeDockerName = "arm64"
        static let compatible: [SeccompArchitecture] = [.arm]
    #else
        #error("The seccomp filter generator knows x86-64 and AArch64.")
    #endif

    /// The `arch` word of the data a filter looks at. x32 shares its word with x86-64.
    var audit: UInt32 {
        switch self {
        case .x86: 0x4000_0003
        case .x86_64, .x32: 0xc000_003e
        case .arm: 0x4000_0028
        case .aarch64: 0xc000_00b7
        }
    }

    /// The bit that tells an x32 call from an x86-64 one.
    static let x32Bit: UInt32 = 0x4000_0000

    private var libraryToken: UInt32 { self == .x32 ? 0x4000_003e : audit }

    /// The number of a system call; nil when there is none of this name here.
    func number(of name: String) -> UInt32? {
        let number = seccomp_syscall_resolve_name_arch(libraryToken, name)
        if number >= 0 { return UInt32(number) }
        if self == .x86, let direct = Self.demultiplexed[name] { return direct }
        guard let recent = Self.recent[name] else { return nil }
        return self == .x32 ? recent | Self.x32Bit : recent
    }

    /// Calls that older releases of the library don't know. New calls have the same number everywhere.
    private static let recent: [String: UInt32] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456,
        "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461,
        "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467,
        "file_getattr": 468, "file_setattr": 469,
    ]

    /// The 32-bit x86 calls that may also be made through one of two multiplexers, with the number of the call inside it.
    func multiplexed(_ name: String) -> (multiplexer: String, call: UInt64)? {
        guard self == .x86 else { return nil }
        if let index = Self.socketCalls.firstIndex(of: name) { return ("socketcall", UInt64(index) + 1) }
        return Self.interprocessCalls[name].map { ("ipc", $0) }
    }

    /// Their numbers of their own, which the library hides behind the multiplexers.
    private static let demultiplexed: [String: UInt32] = [
        "recvmmsg": 337, "sendmmsg": 345, "socket": 359, "socketpair": 360, "bind": 361, "connect": 362, "listen": 363, "accept4": 364,
        "getsockopt": 365, "setsockopt": 366, "getsockname": 367, "getpeername": 368, "sendto": 369, "sendmsg": 370, "recvfrom": 371,
        "recvmsg": 372, "shutdown": 373, "semget": 393, "semctl": 394, "shmget": 395, "shmctl": 396, "shmat": 397, "shmdt": 398,
        "msgget": 399, "msgsnd": 400, "msgrcv": 401, "msgctl": 402,
    ]

    private static let socketCalls = [
        "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto",
        "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
    ]
    private static let interprocessCalls: [String: UInt64] = [
        "semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12, "msgget": 13, "msgctl": 14,
        "shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
    ]
}
