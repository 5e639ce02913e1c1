// Input no client should send: an answer that names the mistake, and a gateway that goes on.
import Contracts
import Foundation
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct BadInput {
        struct Request: Sendable, CustomTestStringConvertible {
            var method = "POST"
            var target: String
            var json: String?
            var status: Int
            var words = ""
            var testDescription: String { "\(method) \(target) \((json ?? "").prefix(60))" }
        }

        static let requests: [Request] = [
            Request(target: "/containers/create", json: "{", status: 400),
            Request(target: "/containers/create", json: "[]", status: 400),
            Request(target: "/containers/create", json: "null", status: 400),
            Request(target: "/containers/create", json: #"{"Image": 5}"#, status: 400),
            Request(target: "/containers/create", json: #"{"Image": "busybox", "Env": "A=b"}"#, status: 400),
            Request(target: "/containers/create", json: #"{"Image": "busybox", "HostConfig": {"Memory": "lots"}}"#, status: 400),
            Request(target: "/containers/create", json: #"{"Image": "busybox", "HostConfig": {"Memory": -7}}"#, status: 400),
            Request(
                target: "/containers/create", json: #"{"Image": "busybox", "HostConfig": {"PortBindings": {"99999/tcp": [{}]}}}"#,
                status: 400),
            Request(
                target: "/containers/create",
                json: #"{"Image": "busybox", "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "x"}]}}}"#, status: 400),
            Request(target: "/containers/create", json: #"{"Image": "busybox", "ExposedPorts": {"zero/tcp": {}}}"#, status: 400),
            Request(
                target: "/containers/create?name=a/b", json: #"{"Image": "busybox", "Cmd": ["true"]}"#, status: 400,
                words: "Invalid container name"),
            Request(
                target: "/containers/create?name=-x", json: #"{"Image": "busybox", "Cmd": ["true"]}"#, status: 400,
                words: "Invalid container name"),
            Request(target: "/containers/create", json: #"{"Image": "UPPER CASE"}"#, status: 400),
            Request(target: "/containers/create", json: #"{"Image": "nosuchimage"}"#, status: 404, words: "No such image"),
            Request(target: "/containers/nobody/start", status: 404, words: "No such container: nobody"),
            Request(target: "/containers/nobody/exec", json: #"{"Cmd": ["true"]}"#, status: 404, words: "No such container"),
            Request(target: "/exec/nobody/start", json: "{}", status: 404, words: "No such exec instance"),
            Request(method: "GET", target: "/containers/json?filters=notjson", status: 400),
            Request(
                method: "GET", target: "/containers/json?filters=%7B%22nonsense%22%3A%5B%22x%22%5D%7D", status: 400, words: "invalid filter"
            ),
            Request(method: "GET", target: "/containers/json?limit=many", status: 400),
            Request(method: "GET", target: "/no/such/route", status: 404, words: "page not found"),
            Request(method: "GET", target: "/v9.99/containers/json", status: 400, words: "too new"),
            Request(method: "GET", target: "/v1.1/containers/json", status: 400, words: "too old"),
            Request(method: "DELETE", target: "/containers/json", status: 404),
            Request(method: "GET", target: "/containers/%00/json", status: 404),
        ]

        @Test(arguments: requests)
        func refusal(_ request: Request) async throws {
            let engine = try Integration.engine
            let reply = try await engine.http(request.method, request.target, json: request.json)
            #expect(reply.status == request.status, "\(reply.text)")
            #expect(reply.text.contains("\"message\""), "\(reply.text)")
            #expect(request.words.isEmpty || reply.text.contains(request.words), "\(reply.text)")
            #expect(try await engine.http("GET", "/_ping").status == 200)
        }

        @Test func oversizedHeadAndBody() async throws {
            let engine = try Integration.engine
            let longHeader = "GET /_ping HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 4 << 20))\r\n\r\n"
            _ = try? await engine.raw(Array(longHeader.utf8))
            let longBody = #"{"Image": "busybox", "Env": ["A="# + String(repeating: "b", count: 64 << 20) + #""]}"#
            let reply = try? await engine.http("POST", "/containers/create", json: longBody)
            #expect(reply.map { (400...499).contains($0.status) } ?? true)
            #expect(try await engine.http("GET", "/_ping").status == 200)
        }

        @Test(arguments: [
            "\r\n\r\n", "GET", "NONSENSE / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
            "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        ])
        func bytesThatAreNoRequest(text: String) async throws {
            let engine = try Integration.engine
            let client = UnixHTTPClient(socketPath: engine.layout.gatewaySocket, timeout: .seconds(2))
            _ = try? client.exchange(Array(text.utf8))
            #expect(try await engine.http("GET", "/_ping").status == 200)
        }
    }
}
