// Messages about links that libnl has no call for.
import CNetlink
import Glibc

extension NetlinkSocket {
    /// Sends a message and waits for the kernel's answer. `attributes` appends to the message and returns a libnl code, negative
    /// when it failed.
    func send(
        _ type: Int, _ header: ifinfomsg, flags: Int32 = 0, _ operation: @autoclosure () -> String,
        _ attributes: (OpaquePointer) -> Int32
    ) throws(NetlinkError) {
        let message = try NetlinkError.some(nlmsg_alloc_simple(Int32(type), flags), operation())
        var header = header
        var result = nlmsg_append(message, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO))
        if result >= 0 { result = attributes(message) }
        guard result >= 0 else {
            nlmsg_free(message)
            throw NetlinkError(operation: operation(), code: -result)
        }
        // Frees the message.
        try NetlinkError.check(nl_send_sync(handle, message), operation())
    }
}
