// A route netlink connection, bound for life to the network namespace it was opened in.
import CNetlink

/// A request that the kernel or libnl refused.
struct NetlinkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was attempted, with its object: `add link veth12ab34c`.
    let operation: String
    /// A libnl code (`NLE_…`), positive.
    let code: Int32

    var description: String { "\(operation): \(String(cString: nl_geterror(code)))" }
    var isMissing: Bool { [NLE_NODEV, NLE_OBJ_NOTFOUND, NLE_NOADDR].contains(code) }

    static func missing(_ operation: String) -> NetlinkError {
        NetlinkError(operation: operation, code: Int32(NLE_OBJ_NOTFOUND))
    }

    static func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(NetlinkError) {
        if result < 0 { throw NetlinkError(operation: operation(), code: -result) }
    }

    /// Passes on what libnl allocated.
    static func some<T>(_ value: T?, _ operation: @autoclosure () -> String) throws(NetlinkError) -> T {
        guard let value else { throw NetlinkError(operation: operation(), code: Int32(NLE_NOMEM)) }
        return value
    }
}

/// Not safe for use by two threads at once: whoever holds one uses it on one thread, and may hand it on.
final class NetlinkSocket: @unchecked Sendable {
    let handle: OpaquePointer

    /// Opens a connection in the calling thread's network namespace.
    init() throws(NetlinkError) {
        handle = try NetlinkError.some(nl_socket_alloc(), "allocate a netlink socket")
        do throws(NetlinkError) {
            try NetlinkError.check(nl_connect(handle, NETLINK_ROUTE), "connect to netlink")
        } catch {
            nl_socket_free(handle)
            throw error
        }
    }

    deinit {
        nl_socket_free(handle)
    }

    /// Calls `body` with each object of a kernel dump.
    func dump(
        _ operation: String, _ allocate: (UnsafeMutablePointer<OpaquePointer?>) -> Int32, _ body: (OpaquePointer) -> Void
    ) throws(NetlinkError) {
        var cache: OpaquePointer?
        try NetlinkError.check(allocate(&cache), operation)
        let objects = try NetlinkError.some(cache, operation)
        defer { nl_cache_free(objects) }
        var next = nl_cache_get_first(objects)
        while let object = next {
            body(object)
            next = nl_cache_get_next(object)
        }
    }
}

extension IPAddress {
    /// nil for an address of another family.
    init?(netlink address: OpaquePointer?) {
        guard let address, let bytes = nl_addr_get_binary_addr(address) else { return nil }
        self.init(bytes: UnsafeRawBufferPointer(start: bytes, count: Int(nl_addr_get_len(address))))
    }

    /// Calls `body` with libnl's form of the address, which is valid during the call only.
    func withNetlinkAddress<T>(length: Int? = nil, _ body: (OpaquePointer) -> T) throws(NetlinkError) -> T {
        let address = try NetlinkError.some(nl_addr_build(family.domain, bytes, bytes.count), "allocate an address")
        defer { nl_addr_put(address) }
        nl_addr_set_prefixlen(address, Int32(length ?? family.width))
        return body(address)
    }
}
