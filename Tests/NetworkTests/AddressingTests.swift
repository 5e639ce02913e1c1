// Addresses, prefixes and MACs: reading, writing and comparing.
import Testing

@testable import NetworkServer

struct AddressingTests {
    @Test(arguments: ["0.0.0.0", "172.17.0.1", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::ff00:42:8329"])
    func addressKeepsItsText(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4x", "1.2.3.4/8", ":::", "12345::", "fe80::1%eth0", "localhost"])
    func addressRefuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func addressBytesAreInNetworkOrder() throws {
        #expect(try #require(IPAddress("10.1.2.3")).bytes == [10, 1, 2, 3])
        #expect(IPAddress(bytes: [192, 168, 0, 1])?.description == "192.168.0.1")
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    }

    @Test(arguments: [("127.0.0.1", true), ("127.255.0.9", true), ("128.0.0.1", false), ("::1", true), ("::2", false)])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255"), ("172.17.0.0/16", "172.17.0.0", "172.17.255.255"),
        ("1.2.3.4/32", "1.2.3.4", "1.2.3.4"), ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
        ("fd00::/64", "fd00::", "fd00::ffff:ffff:ffff:ffff"), ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ])
    func prefixBounds(text: String, first: String, last: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(prefix.description == text)
        #expect(prefix.first.description == first)
        #expect(prefix.last.description == last)
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "fd00::/129", "/8"])
    func prefixRefuses(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.1.0.0/16", true), ("10.1.0.0/16", "10.0.0.0/8", true), ("10.0.0.0/9", "10.128.0.0/9", false),
        ("0.0.0.0/0", "1.2.3.4/32", true), ("::/0", "1.2.3.4/32", false),
    ])
    func prefixesOverlap(left: String, right: String, expected: Bool) throws {
        #expect(try #require(IPPrefix(left)).overlaps(try #require(IPPrefix(right))) == expected)
    }

    @Test func interfaceAddressKeepsHostBits() throws {
        let interface = try #require(InterfaceAddress("172.26.0.1/16"))
        #expect(interface.description == "172.26.0.1/16")
        #expect(interface.prefix.description == "172.26.0.0/16")
    }

    @Test(arguments: [
        ("02:42:ac:11:00:02", true), ("02-42-AC-11-00-02", true), ("03:42:ac:11:00:02", false), ("00:00:00:00:00:00", false),
        ("02:42:ac:11:00", false), ("2:42:ac:11:00:02", false), ("02:42:ac:11:00:0g", false), ("", false),
    ])
    func macIsOneInterfaces(text: String, isValid: Bool) {
        #expect((MACAddress(text) != nil) == isValid)
    }

    @Test func randomMACsAreLocalAndUnicast() {
        let all = (0..<200).map { _ in MACAddress.random() }
        #expect(all.allSatisfy { $0.bytes.count == 6 && $0.bytes[0] & 3 == 2 })
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { MACAddress($0.description) == $0 })
    }
}
