// The same over and over: nothing grows, and nothing is left. BERTH_TEST_EXECS and BERTH_TEST_CYCLES set how often.
import Foundation
import ServiceKit
import TestSupport
import Testing

extension Integration {
    @Suite struct Endurance {
        private static func count(_ name: String, _ standard: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? standard
        }

        static let execs = count("BERTH_TEST_EXECS", 400)
        static let cycles = count("BERTH_TEST_CYCLES", 60)

        @Test func execsLeaveNothing() async throws {
            let engine = try Integration.engine
            let id = try await engine.dockerOutput("run", "-d", "--name", "busy", "busybox", "sleep", "100000")
            let pid = try #require(Int32(try await engine.dockerOutput("inspect", "-f", "{{.State.Pid}}", "busy")))
            let shim = try #require(ProcessUse.parent(of: pid))
            try await execs(Self.execs / 4, in: id, engine)
            let before = try await uses(engine, shim)
            try await execs(Self.execs, in: id, engine)
            let after = try await uses(engine, shim)
            try check(before, after, times: Self.execs)
            // Children of the shim: the container's first process alone.
            #expect(ProcessUse.children(of: shim) == [pid])
            try await engine.dockerOutput("rm", "-f", "busy")
        }

        @Test func cyclesLeaveNothing() async throws {
            let engine = try Integration.engine
            try await cycles(Self.cycles / 4, engine)
            let inventory = try await HostInventory.settled(of: engine)
            let before = try await uses(engine, nil)
            try await cycles(Self.cycles, engine)
            let after = try await uses(engine, nil)
            try check(before, after, times: Self.cycles)
            _ = try? await eventually("the host as before", within: .seconds(60)) {
                inventory.difference(to: .capture(of: engine)).isEmpty ? true : nil
            }
            #expect(inventory.difference(to: .capture(of: engine)) == "")
        }

        private func execs(_ count: Int, in id: String, _ engine: EngineUnderTest) async throws {
            for _ in 0..<count {
                let made = try await engine.http("POST", "/containers/\(id)/exec", json: #"{"Cmd":["true"],"AttachStdout":true}"#)
                let exec = try #require(JSONTree(made.body)?["Id"]?.text, "\(made.text)")
                let run = try await engine.http("POST", "/exec/\(exec)/start", json: "{}")
                #expect(run.status == 200, "\(run.text)")
            }
        }

        private func cycles(_ count: Int, _ engine: EngineUnderTest) async throws {
            for _ in 0..<count {
                let made = try await engine.http("POST", "/containers/create", json: #"{"Image":"busybox","Cmd":["true"]}"#)
                let id = try #require(JSONTree(made.body)?["Id"]?.text, "\(made.text)")
                #expect(try await engine.http("POST", "/containers/\(id)/start").status == 204)
                #expect(try await engine.http("POST", "/containers/\(id)/wait").status == 200)
                #expect(try await engine.http("DELETE", "/containers/\(id)").status == 204)
            }
        }

        private func uses(_ engine: EngineUnderTest, _ shim: Int32?) async throws -> [String: ProcessUse] {
            var uses: [String: ProcessUse] = [:]
            for service in EngineUnderTest.ServiceName.allCases {
                if let pid = try engine.pid(of: service) { uses[service.rawValue] = try ProcessUse(of: pid) }
            }
            if let shim { uses["the container's shim"] = try ProcessUse(of: shim) }
            return uses
        }

        /// Memory may settle, and the events of the time are kept: some kilobytes a call would show all the same.
        private func check(_ before: [String: ProcessUse], _ after: [String: ProcessUse], times: Int) throws {
            for (name, use) in after.sorted(by: { $0.key < $1.key }) {
                let old = try #require(before[name])
                let slope = Double(use.kibibytes - old.kibibytes) / Double(times)
                print("\(name): \(old.kibibytes) to \(use.kibibytes) KiB in \(times), \(old.descriptors) to \(use.descriptors) descriptors")
                #expect(use.descriptors <= old.descriptors + 8, "\(name): descriptors")
                let allowed = 8192.0 / Double(times) + 2
                #expect(slope <= allowed, "\(name): \(slope) KiB a time")
            }
        }
    }
}

/// What a process holds.
struct ProcessUse {
    /// Private memory.
    var kibibytes: Int
    var descriptors: Int

    init(of pid: Int32) throws {
        let rollup = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        kibibytes = rollup.split(separator: "\n").filter { $0.hasPrefix("Private_") }.compactMap { line in
            line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }.reduce(0, +)
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    static func parent(of pid: Int32) -> Int32? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.split(separator: "\n").first { $0.hasPrefix("PPid:") }?.split(separator: "\t").last.flatMap { Int32($0) }
    }

    static func children(of pid: Int32) -> [Int32] {
        let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return text?.split(separator: " ").compactMap { Int32($0) } ?? []
    }
}
