// Sudden death of services while containers run: nothing a container does depends on them.
import Glibc
import Testing
import TestSupport

@Suite(.serialized)
struct Faults {
    typealias Service = EngineUnderTest.ServiceName

    private static let script = "httpd -p 80 -h /www; i=0; while [ ! -f /stop ]; do i=$((i+1)); echo $i; usleep 10000; done; exit 42"

    static let orders: [[[Service]]] = [
        [[.gateway], [.images], [.network]],
        [[.network], [.gateway], [.images]],
        [[.images], [.network], [.gateway]],
        [[.shim]],
        [[.gateway, .images, .network, .shim]],
    ]

    @Test func containersDoNotNotice() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            let port = try TCPProbe.freePort()
            try await engine.dockerOutput("run", "-d", "--name", "steady", "-p", "\(port):80", "busybox", "sh", "-c", Self.script)
            try await eventually("the page", within: .seconds(30)) { try? await TCPProbe.page("127.0.0.1", port) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await Self.watchPort(port) }
                for order in Self.orders {
                    for services in order { try await engine.kill(services) }
                    try await engine.waitUntilHealthy()
                    try await Self.useEverything(engine)
                }
                group.cancelAll()
                let answers = try await group.next() ?? 0
                #expect(answers > 10)
            }
            try await engine.dockerOutput("exec", "steady", "touch", "/stop")
            #expect(try await engine.dockerOutput("wait", "steady") == "42")
            try await Self.checkLog(engine)
        }
    }

    /// What a service does for a running container doesn't keep it from ending.
    @Test func servicesEndWhenTheyAreTold() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            for number in 1...4 { try await engine.dockerOutput("run", "-d", "--name", "kept-\(number)", "busybox", "sleep", "1000") }
            try await engine.kill([.gateway, .images, .network], with: SIGTERM)
            try await engine.waitUntilHealthy()
            #expect(try await engine.dockerOutput("ps", "-q").split(separator: "\n").count == 4)
        }
    }

    @Test func endWhileTheGatewayIsDownIsToldExactly() async throws {
        try await EngineUnderTest.with { engine in
            try await engine.importBusybox()
            try await engine.dockerOutput(
                "run", "-d", "--name", "ending", "busybox", "sh", "-c", "while [ ! -f /www/go ]; do usleep 10000; done; echo last; exit 23")
            let pid = try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "ending")
            try await engine.stop()
            let touched = try await Command("/usr/bin/touch", ["/proc/\(pid)/root/www/go"]).run()
            #expect(touched.code == 0, "\(touched)")
            try await eventually("the end of the container") { HostProcess.exists(Int32(pid) ?? 0) ? nil : true }
            try await engine.start()
            #expect(try await engine.dockerOutput("wait", "ending") == "23")
            #expect(try await engine.dockerOutput("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "ending") == "exited 23")
            #expect(try await engine.dockerOutput("logs", "ending") == "last")
        }
    }

    /// Asks for the page until cancelled; throws at the first missing answer. Returns how often it was answered.
    private static func watchPort(_ port: UInt16) async throws -> Int {
        var answers = 0
        while !Task.isCancelled {
            #expect(try await TCPProbe.page("127.0.0.1", port) == BusyboxImage.page)
            answers += 1
        }
        return answers
    }

    private static func useEverything(_ engine: EngineUnderTest) async throws {
        #expect(try await engine.dockerOutput("ps", "--format", "{{.Names}} {{.State}}") == "steady running")
        #expect(try await engine.dockerOutput("exec", "steady", "echo", "inside") == "inside")
        #expect(Int(try await engine.dockerOutput("logs", "--tail", "1", "steady")) ?? 0 > 0)
        #expect(try await engine.dockerOutput("run", "--rm", "busybox", "echo", "another") == "another")
        try await engine.dockerOutput("run", "-d", "--name", "stopped", "busybox", "sleep", "1000")
        try await engine.dockerOutput("stop", "-t", "0", "stopped")
        try await engine.dockerOutput("rm", "stopped")
    }

    /// The log holds every number once, in order.
    private static func checkLog(_ engine: EngineUnderTest) async throws {
        let numbers = try await engine.dockerOutput("logs", "steady").split(separator: "\n").map { Int($0) }
        #expect(numbers.count > 100)
        let firstGap = numbers.enumerated().first { $0.element != $0.offset + 1 }
        #expect(firstGap == nil, "the log of \(numbers.count) lines goes wrong after line \(firstGap?.offset ?? 0)")
    }
}
