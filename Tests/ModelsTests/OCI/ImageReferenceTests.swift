// The grammar of references and the words for what is none.
import Models
import Testing

struct ImageReferenceTests {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    struct Good: Sendable {
        var text: String, canonical: String, familiar: String, key: String
    }

    static let good = [
        Good(text: "busybox", canonical: "docker.io/library/busybox", familiar: "busybox", key: "docker.io/library/busybox:latest"),
        Good(
            text: "busybox:1.36", canonical: "docker.io/library/busybox:1.36", familiar: "busybox:1.36",
            key: "docker.io/library/busybox:1.36"),
        Good(text: "library/busybox", canonical: "docker.io/library/busybox", familiar: "busybox", key: "docker.io/library/busybox:latest"),
        Good(
            text: "index.docker.io/busybox", canonical: "docker.io/library/busybox", familiar: "busybox",
            key: "docker.io/library/busybox:latest"),
        Good(text: "docker.io/user/app", canonical: "docker.io/user/app", familiar: "user/app", key: "docker.io/user/app:latest"),
        Good(text: "library/a/b", canonical: "docker.io/library/a/b", familiar: "library/a/b", key: "docker.io/library/a/b:latest"),
        Good(text: "localhost/app", canonical: "localhost/app", familiar: "localhost/app", key: "localhost/app:latest"),
        Good(
            text: "localhost:5000/a/b:v1", canonical: "localhost:5000/a/b:v1", familiar: "localhost:5000/a/b:v1",
            key: "localhost:5000/a/b:v1"),
        Good(text: "UPPER/app", canonical: "UPPER/app", familiar: "UPPER/app", key: "UPPER/app:latest"),
        Good(text: "[::1]:5000/app", canonical: "[::1]:5000/app", familiar: "[::1]:5000/app", key: "[::1]:5000/app:latest"),
        Good(text: "[fe80::1]/app:x", canonical: "[fe80::1]/app:x", familiar: "[fe80::1]/app:x", key: "[fe80::1]/app:x"),
        Good(text: "a.b/c__d/e--f/g.h", canonical: "a.b/c__d/e--f/g.h", familiar: "a.b/c__d/e--f/g.h", key: "a.b/c__d/e--f/g.h:latest"),
        Good(
            text: "app@\(digest)", canonical: "docker.io/library/app@\(digest)", familiar: "app@\(digest)",
            key: "docker.io/library/app@\(digest)"),
        Good(
            text: "app:v1@\(digest)", canonical: "docker.io/library/app:v1@\(digest)", familiar: "app:v1@\(digest)",
            key: "docker.io/library/app@\(digest)"),
        Good(text: "sha256:abc", canonical: "docker.io/library/sha256:abc", familiar: "sha256:abc", key: "docker.io/library/sha256:abc"),
        Good(text: "app:_A.b-c", canonical: "docker.io/library/app:_A.b-c", familiar: "app:_A.b-c", key: "docker.io/library/app:_A.b-c"),
    ]

    @Test(arguments: good)
    func normalises(_ example: Good) throws {
        let reference = try ImageReference(parsing: example.text)
        #expect(reference.canonical == example.canonical)
        #expect(reference.familiar == example.familiar)
        #expect(reference.key.canonical == example.key)
        #expect(try ImageReference(parsing: reference.canonical) == reference)
        #expect(try ImageReference(parsing: reference.familiar) == reference)
    }

    static let bad: [(String, String)] = [
        ("", "invalid reference format"),
        (":tag", "invalid reference format"),
        ("app:", "invalid reference format"),
        ("app:-x", "invalid reference format"),
        ("app:" + String(repeating: "x", count: 129), "invalid reference format"),
        ("-app", "invalid reference format"),
        ("app-", "invalid reference format"),
        ("a..b", "invalid reference format"),
        ("a___b", "invalid reference format"),
        ("a._b", "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("/app", "invalid reference format"),
        ("app/", "invalid reference format"),
        ("app b", "invalid reference format"),
        ("bad_host.com:5000/app", "invalid reference format"),
        ("host:port/app", "invalid reference format"),
        ("-host.com/app", "invalid reference format"),
        ("[::1/app", "invalid reference format"),
        ("[]/app", "invalid reference format"),
        ("app@sha256:abc", "invalid reference format"),
        ("app@\(String(repeating: "a", count: 64))", "invalid reference format"),
        ("app@sha256:\(String(repeating: "a", count: 40))", "invalid checksum digest length"),
        ("app@md5:\(String(repeating: "a", count: 32))", "unsupported digest algorithm"),
        ("Busybox", "invalid reference format: repository name (library/Busybox) must be lowercase"),
        ("user/App:x", "invalid reference format: repository name (user/App) must be lowercase"),
        ("localhost/App", "invalid reference format: repository name (App) must be lowercase"),
        (
            String(repeating: "a", count: 64),
            "invalid repository name (\(String(repeating: "a", count: 64))), cannot specify 64-byte hexadecimal strings"
        ),
        (String(repeating: "a/", count: 130) + "z", "repository name must not be more than 255 characters"),
    ]

    @Test(arguments: bad)
    func refuses(_ text: String, _ words: String) {
        let error = #expect(throws: ImageReferenceError.self) { try ImageReference(parsing: text) }
        #expect(error?.description == words)
    }
}

struct ContentDigestTests {
    @Test(arguments: [
        ("sha256:" + String(repeating: "0f", count: 32), true), ("sha512:" + String(repeating: "0f", count: 64), true),
        ("sha256:" + String(repeating: "0F", count: 32), false), ("sha256:00", false), ("sha256", false), ("", false),
        ("md5:" + String(repeating: "0", count: 32), false), (":" + String(repeating: "0f", count: 32), false),
    ])
    func parses(_ text: String, _ isDigest: Bool) {
        #expect((ContentDigest(text)?.description == text) == isDigest)
    }

    @Test func isShortenedToTwelveDigits() {
        #expect(ContentDigest(sha256: String(repeating: "abcd", count: 16)).short == "abcdabcdabcd")
    }
}
