// How containers are reached, and what they reach.
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct Network {
        private static let server = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]

        @Test func publishedPortIsReached() async throws {
            let engine = try Integration.engine
            let port = try TCPProbe.freePort()
            let published = ["run", "-d", "--name", "web", "-p", "\(port):80"]
            #expect(try await engine.docker(published + Self.server).code == 0)
            for address in ["127.0.0.1", engine.bridgeAddress] {
                let page = try await eventually("page at \(address):\(port)", within: .seconds(20)) {
                    try? await TCPProbe.page(address, port)
                }
                #expect(page == BusyboxImage.page)
            }
            #expect(try await engine.dockerOutput("port", "web", "80/tcp").contains("0.0.0.0:\(port)"))
            let second = try await engine.docker(["run", "--rm", "-p", "\(port):80", "busybox", "true"])
            #expect(second.code == 125)
            #expect(second.errorText.contains("port is already allocated"))
            try await engine.dockerOutput("rm", "-f", "web")
            await #expect(throws: (any Error).self) { try await TCPProbe.page("127.0.0.1", port) }
        }

        /// While it runs, and for good. A client of another port notices nothing.
        @Test func otherPortsArePublishedLater() async throws {
            let engine = try Integration.engine
            let (first, second) = (try TCPProbe.freePort(), try TCPProbe.freePort())
            let server = ["busybox", "sh", "-c", "httpd -p 81 -h /www; exec httpd -f -p 80 -h /www"]
            #expect(
                try await engine.docker(["run", "-d", "--name", "moved", "-p", "\(first):80", "-p", "127.0.0.1::81"] + server).code == 0)
            _ = try await eventually("the page", within: .seconds(20)) { try? await TCPProbe.page("127.0.0.1", first) }
            let echo = try await engine.dockerOutput("port", "moved", "81/tcp")
            let body = #"{"PortBindings":{"80/tcp":[{"HostPort":"\#(second)"}],"81/tcp":[{"HostIp":"127.0.0.1","HostPort":""}]}}"#
            let reply = try await engine.http("POST", "/containers/moved/update", json: body)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(try await TCPProbe.page("127.0.0.1", second) == BusyboxImage.page)
            await #expect(throws: (any Error).self) { try await TCPProbe.page("127.0.0.1", first) }
            #expect(try await engine.dockerOutput("port", "moved", "81/tcp") == echo)
            #expect(try await engine.docker(["run", "-d", "--name", "taker", "-p", "\(first):80"] + server).code == 0)
            let conflict = try await engine.http(
                "POST", "/containers/moved/update", json: #"{"PortBindings":{"80/tcp":[{"HostPort":"\#(first)"}]}}"#)
            #expect(conflict.status == 409 && conflict.text.contains("port is already allocated by container taker"), "\(conflict.text)")
            #expect(try await TCPProbe.page("127.0.0.1", second) == BusyboxImage.page)
            try await engine.dockerOutput("restart", "-t", "0", "moved")
            let page = try await eventually("the page", within: .seconds(20)) { try? await TCPProbe.page("127.0.0.1", second) }
            #expect(page == BusyboxImage.page)
            try await engine.dockerOutput("rm", "-f", "moved", "taker")
        }

        @Test func ephemeralPortOfOneAddress() async throws {
            let engine = try Integration.engine
            #expect(try await engine.docker(["run", "-d", "--name", "web2", "-p", "127.0.0.1::80"] + Self.server).code == 0)
            let published = try await engine.dockerOutput("port", "web2", "80/tcp")
            let port = try #require(published.split(separator: ":").last.flatMap { UInt16($0) })
            #expect(published.hasPrefix("127.0.0.1:"))
            let page = try await eventually("page", within: .seconds(20)) { try? await TCPProbe.page("127.0.0.1", port) }
            #expect(page == BusyboxImage.page)
            await #expect(throws: (any Error).self) { try await TCPProbe.page(engine.bridgeAddress, port) }
            try await engine.dockerOutput("rm", "-f", "web2")
        }

        @Test func containersReachEachOther() async throws {
            let engine = try Integration.engine
            #expect(try await engine.docker(["run", "-d", "--name", "web3"] + Self.server).code == 0)
            let address = try await engine.dockerOutput("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "web3")
            let page = try await eventually("page of \(address)", within: .seconds(20)) {
                let result = try await engine.docker(["run", "--rm", "busybox", "wget", "-q", "-O", "-", "http://\(address)/"])
                return result.code == 0 ? result.text : nil
            }
            #expect(page == BusyboxImage.page)
            try await engine.dockerOutput("rm", "-f", "web3")
        }

        @Test func sharedNamespace() async throws {
            let engine = try Integration.engine
            #expect(try await engine.docker(["run", "-d", "--name", "donor", "-h", "giver"] + Self.server).code == 0)
            let page = try await eventually("page of the shared loopback", within: .seconds(20)) {
                let result = try await engine.docker(
                    ["run", "--rm", "--network", "container:donor", "busybox", "wget", "-q", "-O", "-", "http://127.0.0.1/"])
                return result.code == 0 ? result.text : nil
            }
            #expect(page == BusyboxImage.page)
            let named = try await engine.dockerOutput(
                "run", "--rm", "--network", "container:donor", "busybox", "sh", "-c", "hostname; echo $HOSTNAME; cat /etc/hostname")
            #expect(Set(named.split(separator: "\n")) == ["giver"], "\(named)")
            try await engine.dockerOutput("rm", "-f", "donor")
        }

        @Test func hostNetworkIsTheHosts() async throws {
            let engine = try Integration.engine
            let links = try await engine.dockerOutput("run", "--rm", "--network", "host", "busybox", "ls", "/sys/class/net")
            #expect(links.split(whereSeparator: \.isWhitespace).contains(Substring(engine.bridge)))
        }

        static let table: [Expectation] = [
            Expectation(arguments: ["run", "--rm", "--network", "none", "busybox", "ls", "/sys/class/net"], output: "lo"),
            Expectation(arguments: ["run", "--rm", "busybox", "sh", "-c", "ls /sys/class/net | grep -c eth0"], output: "1"),
            Expectation(
                arguments: ["run", "--rm", "--network", "nowhere", "busybox", "true"], code: 125, errors: "network nowhere not found"),
            Expectation(arguments: ["run", "--rm", "--network", "container:nobody", "busybox", "true"], code: 125, errors: "nobody"),
            Expectation(
                arguments: [
                    "run", "--rm", "--hostname", "h1", "--add-host", "a.b:10.1.2.3", "busybox", "sh", "-c",
                    "grep -c h1 /etc/hosts; grep a.b /etc/hosts | awk '{print $1}'",
                ], output: "1\n10.1.2.3"),
            Expectation(
                arguments: ["run", "--rm", "--dns", "10.9.8.7", "busybox", "grep", "nameserver", "/etc/resolv.conf"],
                output: "nameserver 10.9.8.7"),
        ]

        @Test(arguments: table)
        func network(_ expectation: Expectation) async throws {
            try await expectation.check(Integration.engine)
        }
    }
}
