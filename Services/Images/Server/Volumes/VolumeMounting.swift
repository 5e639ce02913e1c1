// Mounts and unmounts a volume's directory.
import CLinux
import Glibc
import Linux
import RPC

enum VolumeMounting {
    /// Blocks. Throws `RPCError` in Docker's words.
    static func mount(_ mount: VolumeMount, at path: String) throws(RPCError) {
        let resolved = try resolve(mount, path)
        try check(
            clinux_mount(resolved.device, path, resolved.type, resolved.flags, resolved.data), resolved, path)
        // A bind ignores all flags but its own at first.
        if resolved.flags & VolumeMount.bind != 0, resolved.flags & VolumeMount.readonly != 0 {
            let again = resolved.flags | VolumeMount.remount
            try check(clinux_mount("", path, "", again, ""), resolved, path)
        }
        if resolved.propagation != 0 { try check(clinux_mount("", path, "", resolved.propagation, ""), resolved, path) }
    }

    private static func check(_ result: Int32, _ mount: VolumeMount, _ path: String) throws(RPCError) {
        guard result < 0 else { return }
        let data = mount.data.isEmpty ? "" : ", data: \(mount.dataToShow)"
        let flags = mount.flags == 0 ? "" : ", flags: 0x" + String(mount.flags, radix: 16)
        throw failure(path, "mount \(mount.device):\(path)\(flags)\(data): \(SystemError.text(-result).lowercased())")
    }

    private static func failure(_ path: String, _ reason: String) -> RPCError {
        RPCError(.internalError, "error while mounting volume '\(path)': failed to mount local volume: \(reason)")
    }

    /// The kernel resolves no names of hosts.
    private static func resolve(_ mount: VolumeMount, _ path: String) throws(RPCError) -> VolumeMount {
        guard mount.type == "nfs" || mount.type == "cifs" || mount.type == "nfs4", let address = mount.address else { return mount }
        guard let number = number(of: address) else {
            throw failure(path, "error resolving passed in network volume address: lookup \(address): no such host")
        }
        return mount.replacing(address: address, by: number)
    }

    private static func number(of host: String) -> String? {
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, nil, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: 64)
        guard getnameinfo(first.pointee.ai_addr, first.pointee.ai_addrlen, &text, 64, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Takes away all that is mounted there, so that nothing behind it can be deleted by mistake. Throws `SystemError`.
    static func unmountAll(_ path: String) throws(SystemError) {
        while true {
            let result = clinux_file_unmount(path, 1)
            if result == -EINVAL || result == -ENOENT { return }
            try SystemError.check(result, "unmount", path)
        }
    }

    /// Whether something is mounted at a path below `directory`, for each such path.
    static func points(below directory: String) throws(SystemError) -> Set<String> {
        do throws(Errno) {
            return Set(try MountInfo.list().map(\.point).filter { $0.hasPrefix("\(directory)/") })
        } catch {
            throw SystemError(call: "read", path: "/proc/self/mountinfo", code: error.code)
        }
    }
}
