// One request, one trace: in its answer, and in what every service that had a part in it logs.
import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TraceTests {
    /// Lines about a trace in a service's log.
    private func lines(_ service: String, _ trace: String, _ engine: EngineUnderTest) throws -> [Substring] {
        try String(contentsOfFile: "\(engine.logs)/\(service).log", encoding: .utf8).split(separator: "\n").filter { $0.contains(trace) }
    }

    @Test func everyServiceLogsTheTraceOfARequest() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            let made = try await engine.http(
                "POST", "/containers/create?name=traced",
                json: #"{"Image":"busybox","Cmd":["sleep","1000"],"HostConfig":{"AutoRemove":true}}"#)
            let started = try await engine.http("POST", "/containers/traced/start")
            let missing = try await engine.http("GET", "/containers/nosuch/json")
            let traces = try [made, started, missing].map { try #require($0.headers["berth-trace"]) }
            #expect(Set(traces).count == 3 && traces.allSatisfy { $0.count == 16 })
            let (make, start, miss) = (traces[0], traces[1], traces[2])
            try await eventually("the lines of a create") {
                try ["gateway", "images"].allSatisfy { try !lines($0, make, engine).isEmpty } ? true : nil
            }
            try await eventually("the lines of a start") {
                try ["gateway", "network", "shim"].allSatisfy { try !lines($0, start, engine).isEmpty } ? true : nil
            }
            let line = try #require(lines("gateway", miss, engine).first)
            for word in ["method=GET", "path=/containers/nosuch/json", "status=404", "milliseconds=", "trace=\(miss)"] {
                #expect(line.contains(word), "\(line)")
            }
            #expect(try lines("network", start, engine).contains { $0.contains("method=") && $0.contains("outcome=done") })
            try await engine.dockerOutput("rm", "-f", "traced")
        }
    }
}
