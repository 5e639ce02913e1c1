// Errors, descriptors, versions, namespaces.
import CLinux
import Glibc
import Linux
import Testing

@Suite struct KernelTypesTests {
    @Test(arguments: [
        (ENOENT, "no such file or directory"), (EACCES, "permission denied"), (EISDIR, "is a directory"),
        (ENOEXEC, "exec format error"), (EPERM, "operation not permitted"),
    ])
    func speaksAsGoDoes(_ code: Int32, _ words: String) {
        #expect(Errno.reason(of: code) == words)
        #expect(Errno(code: code, call: "open x").description == "open x: \(words)")
    }

    @Test func checksResults() throws {
        #expect(try Errno.check(7, "call") == 7)
        #expect(throws: Errno(code: ENOENT, call: "call")) { try Errno.check(-ENOENT, "call") }
    }

    @Test func closesWhatItOwns() {
        let pair = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
        defer { pair.deallocate() }
        pipe(pair)
        do {
            let owned = OwnedDescriptor(taking: pair[0])
            #expect(fcntl(owned.raw, F_GETFD) >= 0)
        }
        // The other end now has no reader.
        signal(SIGPIPE, SIG_IGN)
        #expect(write(pair[1], "x", 1) == -1)
        let kept = OwnedDescriptor(taking: pair[1]).take()
        #expect(fcntl(kept, F_GETFD) >= 0)
        close(kept)
    }

    @Test(arguments: [("6.18.44-fc", 6, 18), ("4.8", 4, 8), ("5.10.0-28-amd64", 5, 10), ("6.1-rc3", 6, 1)])
    func readsVersions(_ text: String, _ major: Int, _ minor: Int) {
        #expect(KernelRelease(text) == KernelRelease(major: major, minor: minor))
    }

    @Test(arguments: ["", "6", "x.y", "6.x"]) func refusesOtherVersions(_ text: String) {
        #expect(KernelRelease(text) == nil)
    }

    @Test func comparesVersions() {
        #expect(KernelRelease(major: 5, minor: 19) < KernelRelease(major: 6, minor: 1))
        #expect(KernelRelease(major: 6, minor: 2) < KernelRelease(major: 6, minor: 10))
        #expect(KernelRelease.running() > KernelRelease(major: 4, minor: 0))
    }

    @Test func hasTheKernelsNumbers() {
        #expect((Namespaces.pid.rawValue, Namespaces.mount.rawValue, Namespaces.network.rawValue) == (0x2000_0000, 0x20000, 0x4000_0000))
        #expect(MountAttributes.readonly.rawValue == UInt64(CLINUX_MOUNT_READONLY))
        #expect(MountPropagation.slave.rawValue == UInt64(CLINUX_MS_SLAVE))
    }

    @Test func passesMessagesWithDescriptors() throws {
        var ends: [Int32] = [-1, -1]
        #expect(clinux_message_pair(&ends) == 0)
        let null = open("/dev/null", O_RDONLY)
        #expect(clinux_message_send(ends[0], "ab", 2, null) == 0)
        #expect(clinux_message_send(ends[0], "c", 1, -1) == 0)
        close(null)
        var buffer = [UInt8](repeating: 0, count: 16)
        var descriptor: Int32 = -1
        #expect(clinux_message_receive(ends[1], &buffer, 16, &descriptor) == 2)
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
        close(descriptor)
        #expect(clinux_message_receive(ends[1], &buffer, 16, &descriptor) == 1)
        #expect(descriptor == -1)
        #expect(clinux_is_hung_up(ends[1]) == 0)
        close(ends[0])
        #expect(clinux_is_hung_up(ends[1]) == 1)
        #expect(clinux_message_receive(ends[1], &buffer, 16, &descriptor) == 0)
        close(ends[1])
    }
}
