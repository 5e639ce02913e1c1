// What is decided about registries without talking to one.
import Contracts
@testable import ImagesServer
import Models
import Testing

@Suite struct RegistryRulesTests {
    @Test func aConnectionTakesAsMuchAheadAsItsWayIsLong() {
        #expect(ReceiveWindow.bytes(roundTrip: 0) == 32 << 10 && ReceiveWindow.bytes(roundTrip: 20) == 32 << 10)
        #expect(ReceiveWindow.bytes(roundTrip: 1000) == 1_250_000)
        #expect(ReceiveWindow.bytes(roundTrip: 20_000) == nil)
    }

    @Test func aManifestIsSpacedAsDockerdSpacesIt() throws {
        func descriptor(_ type: String, _ size: Int64) -> OCIDescriptor {
            OCIDescriptor(mediaType: type, digest: ContentDigest(of: Array(type.utf8)), size: size)
        }
        let text = DockerManifestText.bytes(
            config: descriptor(OCIMediaType.dockerConfig, 7), layers: [descriptor(OCIMediaType.dockerLayerGzip, 8)])
        #expect(
            String(decoding: text, as: UTF8.self) == """
                {
                   "schemaVersion": 2,
                   "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                   "config": {
                      "mediaType": "application/vnd.docker.container.image.v1+json",
                      "size": 7,
                      "digest": "\(ContentDigest(of: Array(OCIMediaType.dockerConfig.utf8)))"
                   },
                   "layers": [
                      {
                         "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                         "size": 8,
                         "digest": "\(ContentDigest(of: Array(OCIMediaType.dockerLayerGzip.utf8)))"
                      }
                   ]
                }
                """)
    }

    @Test(arguments: [
        (
            #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
            [
                AuthChallenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io", "scope": "repository:a/b:pull,push",
                    ])
            ]
        ),
        (#"Basic realm="a \"quoted\" one""#, [AuthChallenge(scheme: "basic", parameters: ["realm": "a \"quoted\" one"])]),
        ("Negotiate, Basic realm=x", [.init(scheme: "negotiate", parameters: [:]), .init(scheme: "basic", parameters: ["realm": "x"])]),
        ("", []), ("=", []), (#"Basic realm="open"#, [AuthChallenge(scheme: "basic", parameters: [:])]),
    ])
    func challenges(_ header: String, _ expected: [AuthChallenge]) {
        #expect(AuthChallenge.parse(header) == expected)
    }

    @Test(arguments: [
        ("docker.io", ["https://mirror.example/base", "https://registry-1.docker.io"]), ("quay.io", ["https://quay.io"]),
        ("localhost:5000", ["https://localhost:5000", "http://localhost:5000"]), ("127.3.2.1", ["https://127.3.2.1", "http://127.3.2.1"]),
        ("[::1]:5000", ["https://[::1]:5000", "http://[::1]:5000"]), ("10.1.2.3:80", ["https://10.1.2.3:80", "http://10.1.2.3:80"]),
        ("11.1.2.3", ["https://11.1.2.3"]), ("plain.example:5000", ["https://plain.example:5000", "http://plain.example:5000"]),
        ("plain.example:5001", ["https://plain.example:5001"]),
    ])
    func endpoints(_ domain: String, _ expected: [String]) {
        var settings = RegistrySettings()
        settings.mirrors = ["docker.io": ["https://mirror.example/base/", "ftp://no", "https://user@no"]]
        settings.insecureRegistries = ["10.0.0.0/8", "plain.example:5000"]
        #expect(EndpointChoice(settings: settings).endpoints(for: domain).map(\.description) == expected)
    }

    @Test func onlyInsecureRegistriesGoUnverified() {
        let choice = EndpointChoice(settings: RegistrySettings())
        #expect(choice.endpoints(for: "quay.io").allSatisfy { $0.verifiesPeer })
        #expect(choice.endpoints(for: "localhost").first?.verifiesPeer == false)
    }

    @Test(arguments: [
        ("https://quay.io", "http://proxy:3128", "", "proxy:3128"), ("http://quay.io", "http://proxy:3128", "", nil),
        ("https://quay.io", "http://me:pw@proxy", "", "proxy:80"), ("https://quay.io", "http://proxy", "quay.io", nil),
        ("https://cdn.quay.io", "http://proxy", ".quay.io", nil), ("https://cdn.quay.io", "http://proxy", "quay.io", nil),
        ("https://notquay.io", "http://proxy", "quay.io", "proxy:80"), ("https://10.1.1.1", "http://proxy", "10.0.0.0/8", nil),
        ("https://quay.io", "http://proxy", "*", nil), ("https://127.0.0.1", "http://proxy", "", nil),
        ("https://quay.io:444", "http://proxy", "quay.io:443", "proxy:80"), ("https://quay.io", "socks5://proxy", "", nil),
    ])
    func proxies(_ url: String, _ https: String, _ exceptions: String, _ expected: String?) throws {
        let choice = ProxyChoice(settings: ProxySettings(https: https, exceptions: exceptions))
        let proxy = choice.proxy(for: try #require(RegistryEndpoint(mirror: url)))
        #expect(proxy.map { "\($0.host):\($0.port)" } == expected)
    }

    @Test func retries() {
        let rules = RetryRules(attempts: 3, delay: .seconds(1))
        func answer(_ status: Int, _ wait: Duration? = nil) -> RegistryFailure {
            .answer(RegistryAnswer(method: "GET", url: "u", status: status, errors: [], retryAfter: wait))
        }
        let cut = RegistryFailure.transport(method: "GET", url: "u", reason: "EOF")
        #expect(rules.wait(after: cut, failed: 1) == .seconds(1) && rules.wait(after: cut, failed: 2) == .seconds(2))
        #expect(rules.wait(after: cut, failed: 3) == nil)
        #expect(rules.wait(after: answer(429, .seconds(7)), failed: 1) == .seconds(7))
        #expect(rules.wait(after: answer(429), failed: 1) == .seconds(2) && rules.wait(after: answer(500), failed: 1) == .seconds(1))
        #expect(rules.wait(after: answer(404), failed: 1) == nil && rules.wait(after: answer(429, .seconds(3600)), failed: 1) == nil)
        #expect(rules.wait(after: .content("x"), failed: 1) == nil)
    }

    @Test func waitsAreSecondsOrDates() throws {
        #expect(RetryRules.retryAfter("3", date: { _ in nil }) == .seconds(3))
        #expect(RetryRules.retryAfter("-3", date: { _ in nil }) == nil)
        let now = try #require(Timestamp.parse("1994-11-06T08:49:30Z"))
        #expect(HTTPDate.distance("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == 7)
        #expect(HTTPDate.distance("yesterday", now: now) == nil)
        let long = try #require(HTTPDate.distance("Fri, 01 Jan 1700 00:00:00 GMT", now: now))
        #expect(long < 0 && RetryRules.retryAfter("Fri, 01 Jan 1700 00:00:00 GMT", date: { HTTPDate.distance($0, now: now) }) == .zero)
    }

    @Test func anAnswerToARangeMustFit() throws {
        let fits = try BodyPlan(status: 206, length: 5, range: "bytes 5-9/10", start: 5, size: 10, url: "u")
        #expect(fits.skipped == 0)
        #expect(try BodyPlan(status: 200, length: 10, range: nil, start: 5, size: 10, url: "u").skipped == 5)
        #expect(throws: RegistryFailure.self) { try BodyPlan(status: 206, length: 5, range: "bytes 4-9/10", start: 5, size: 10, url: "u") }
        #expect(throws: RegistryFailure.self) { try BodyPlan(status: 206, length: 5, range: "bytes 5-9/11", start: 5, size: 10, url: "u") }
        #expect(throws: RegistryFailure.self) { try BodyPlan(status: 200, length: 11, range: nil, start: 0, size: 10, url: "u") }
    }

    @Test func barsAreDrawnInOrder() {
        var lines = LayerLines(name: "abc", total: 100)
        let start = ContinuousClock.now
        var status = DownloadStatus()
        #expect(lines.lines(status, unpacked: 0, now: start).map(\.status) == ["Waiting"])
        #expect(lines.lines(status, unpacked: 0, now: start) == [])
        status.isWaiting = false
        status.received = 10
        #expect(lines.lines(status, unpacked: 0, now: start).map(\.current) == [10])
        status.received = 20
        #expect(lines.lines(status, unpacked: 0, now: start + .milliseconds(10)) == [])
        status.retry = DownloadRetry(seconds: 2, reason: "EOF")
        #expect(lines.lines(status, unpacked: 0, now: start).map(\.status) == ["Retrying in 2 seconds: EOF"])
        #expect(lines.lines(status, unpacked: 0, now: start) == [])
        status.retry = nil
        status.received = 100
        status.isComplete = true
        #expect(lines.lines(status, unpacked: 40, now: start).map(\.status) == ["Verifying Checksum", "Download complete", "Extracting"])
        #expect(lines.lines(status, unpacked: 100, now: start).map(\.current) == [100])
    }
}
