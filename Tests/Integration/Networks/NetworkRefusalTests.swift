// What no client should ask of networks: dockerd's statuses and words, and nothing left half made.
import ServiceKit
import Testing
import TestSupport

extension Integration {
    @Suite struct NetworkRefusals {
        struct Request: Sendable, CustomTestStringConvertible {
            var method = "POST"
            var target: String
            var json: String?
            var status: Int
            var words: String
            var testDescription: String { "\(method) \(target) \(json ?? "")" }
        }

        private static func create(_ name: String, _ pool: String, _ status: Int, _ words: String) -> Request {
            Request(
                target: "/networks/create", json: #"{"Name": "\#(name)", "IPAM": {"Config": [\#(pool)]}}"#, status: status, words: words)
        }

        static let table: [Request] = [
            create("bad", #"{"Subnet": "10.195.1.0"}"#, 400, "invalid CIDR"),
            create("bad", #"{"Subnet": "10.195.1.1/24"}"#, 400, "it should be 10.195.1.0/24"),
            create("bad", #"{"Subnet": "10.195.1.1/32"}"#, 400, "no room"),
            create("bad", #"{"Subnet": "300.1.1.0/24"}"#, 400, "invalid"),
            create("bad", #"{"Subnet": "10.195.1.0/24", "Gateway": "10.196.0.1"}"#, 400, "10.196.0.1"),
            create("bad", #"{"Subnet": "10.195.1.0/24", "IPRange": "10.196.0.0/25"}"#, 400, "10.196.0.0/25"),
            create("bad", #"{"Subnet": "10.195.1.0/24", "AuxiliaryAddresses": {"a": "10.196.0.9"}}"#, 400, "10.196.0.9"),
            create("bad", #"{"Subnet": "10.195.0.0/16"}, {"Subnet": "10.195.1.0/24"}"#, 400, "10.195.1.0/24"),
            create("bad", #"{"Subnet": "10.197.0.0/17"}"#, 403, "Pool overlaps with other one on this address space"),
            create("there", #"{"Subnet": "10.195.1.0/24"}"#, 409, "network with name there already exists"),
            create("bridge", "", 403, "operation is not permitted on predefined bridge network"),
            create("host", "", 403, "operation is not permitted on predefined host network"),
            create("", "", 400, "name"),
            Request(method: "DELETE", target: "/networks/none", status: 403, words: "none is a pre-defined network and cannot be removed"),
            Request(method: "DELETE", target: "/networks/nowhere", status: 404, words: "network nowhere not found"),
            Request(method: "DELETE", target: "/networks/there", status: 403, words: "has active endpoints"),
            Request(
                target: "/networks/there/connect", json: #"{"Container": "nobody"}"#, status: 404, words: "No such container: nobody"),
            Request(
                target: "/networks/there/connect", json: #"{"Container": "inside"}"#, status: 403,
                words: "already exists in network there"),
            Request(
                target: "/networks/nowhere/connect", json: #"{"Container": "inside"}"#, status: 404, words: "network nowhere not found"),
            Request(
                target: "/networks/bridge/connect",
                json: #"{"Container": "inside", "EndpointConfig": {"IPAMConfig": {"IPv4Address": "1.2.3.4"}}}"#,
                status: 400, words: "user specified IP address is supported on user defined networks only"),
            Request(
                target: "/networks/host/connect", json: #"{"Container": "inside"}"#, status: 400,
                words: "container cannot be disconnected from host network or connected to host network"),
            Request(
                target: "/networks/there/connect", json: #"{"Container": "outside"}"#, status: 400,
                words: "container sharing network namespace with another container or host cannot be connected to any other network"),
            Request(target: "/networks/there/connect", json: "{}", status: 400, words: "invalid name or ID supplied: "),
            Request(
                target: "/networks/auto/connect",
                json: #"{"Container": "inside", "EndpointConfig": {"IPAMConfig": {"IPv4Address": "10.1.2.3"}}}"#, status: 400,
                words: "no configured subnet contains IP address 10.1.2.3"),
            Request(
                target: "/networks/create", json: #"{"Name": "bad", "Driver": "weave"}"#, status: 404, words: "weave"),
            Request(
                target: "/networks/create", json: #"{"Name": "bad", "Ingress": true}"#, status: 403,
                words: "Ingress network can only be global scope network"),
            Request(
                target: "/networks/create", json: #"{"Name": "bad", "Scope": "swarm"}"#, status: 403,
                words: "cannot create a swarm scoped network when swarm is not active"),
            Request(
                target: #"/networks/prune?filters={"until":["x"]}"#, status: 400,
                words: "failed to parse value as time or duration: "),
            Request(
                target: "/containers/create", json: #"{"Image": "busybox", "Cmd": ["a"], "HostConfig": {"Links": ["nobody"]}}"#,
                status: 400,
                words: "could not get container for nobody: No such container: nobody"),
            Request(
                target: "/containers/create",
                json: #"{"Image": "busybox", "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "70000"}]}}}"#,
                status: 400, words: "invalid port specification"),
        ]

        @Test func refusals() async throws {
            let engine = try Integration.engine
            try await engine.dockerOutput("network", "create", "--subnet", "10.197.0.0/16", "there")
            try await engine.dockerOutput("network", "create", "auto")
            try await engine.dockerOutput("run", "-d", "--name", "inside", "--network", "there", "busybox", "sleep", "600")
            try await engine.dockerOutput("run", "-d", "--name", "outside", "--network", "host", "busybox", "sleep", "600")
            try await engine.dockerOutput("create", "--name", "waiting", "busybox", "true")
            let before = (try await engine.dockerOutput("network", "ls"), try await HostInventory.settled(of: engine))
            for request in Self.table {
                let reply = try await engine.http(request.method, request.target, json: request.json)
                #expect(reply.status == request.status, "\(request.testDescription): \(reply.text)")
                #expect(reply.text.contains(request.words), "\(request.testDescription): \(reply.text)")
            }
            #expect(try await engine.dockerOutput("network", "ls") == before.0)
            let difference = before.1.difference(to: try await HostInventory.settled(of: engine))
            #expect(difference.isEmpty, "\(difference)")
            let joined = try await engine.docker(["run", "--rm", "--network", "container:waiting", "busybox", "true"])
            #expect(joined.code == 125 && joined.errorText.contains("cannot join network of a non running container: "), "\(joined)")
            try await engine.dockerOutput("rm", "-f", "inside", "outside", "waiting")
            try await engine.dockerOutput("network", "rm", "there", "auto")
        }
    }
}
