// kill -9 again and again, at named places and at any moment, with all that changes a store going on.
import Contracts
import Dispatch
import Foundation
import Glibc
@testable import ImagesServer
import RPC
import RPCNIO
import ServiceKit
import Testing
import TestSupport

@Suite(.serialized)
struct KillStormTests {
    /// More by `BERTH_KILLS`; draws of another seed by `BERTH_SEED`.
    private static let kills = ProcessInfo.processInfo.environment["BERTH_KILLS"].flatMap { Int($0) } ?? 12
    private static let seed = ProcessInfo.processInfo.environment["BERTH_SEED"].flatMap { UInt64($0) } ?? 1

    @Test func nothingIsHalfThereAfterAnyDeath() async throws {
        try await TemporaryDirectory.with { directory in
            var draws = StoreWork.Draws(seed: Self.seed)
            var done: [StoreWork.Kind: Int] = [:]
            for number in 0..<Self.kills {
                // Every second death is at a named place, the others at any moment.
                let fault = number % 2 == 0 ? ImageFault.all.randomElement(using: &draws) : nil
                let armed = fault.map { "\($0):\(Int.random(in: 1...4, using: &draws))" }
                let delay = Int.random(in: 1...400, using: &draws)
                let process = try await ServiceProcess.start(in: directory, fault: armed ?? "never")
                var work = StoreWork(seed: draws.next(), root: directory)
                // A place may not be passed in this round: then the process ends, too, after a while.
                let death = DispatchWorkItem { kill(process.pid, SIGKILL) }
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(armed == nil ? delay : 3_000), execute: death)
                await work.run(process.connection)
                death.cancel()
                // The work may have ended without a death, when a connection was lost on a busy machine.
                kill(process.pid, SIGKILL)
                #expect(try await process.signal() == SIGKILL)
                done.merge(work.done) { $0 + $1 }
                try await Self.check(directory, "death \(number) \(armed.map { "at \($0)" } ?? "after \(delay) ms"), seed \(Self.seed)")
            }
            // The storm was one: something of every kind came to its end.
            if Self.kills >= 100 { #expect(Set(done.keys) == Set(StoreWork.Kind.allCases), "\(done)") }
        }
    }

    private static func check(_ directory: String, _ when: String) async throws {
        let process = try await ServiceProcess.start(in: directory, fault: "never")
        let connection = process.connection
        let root = EngineLayout(root: "\(directory)/root", run: "\(directory)/run").imagesState
        let stream = try await connection.stream(CheckImages.self, .init(repair: false))
        try await stream.finish()
        for try await finding in stream.outbound { Issue.record("\(finding), \(when)") }
        #expect(try await stream.response().damaged == 0)
        for image in try await connection.call(ListImages.self, RPCNothing()).images {
            let snapshot = try await connection.call(PrepareSnapshot.self, .init(containerID: "checking", imageID: image.id))
            #expect(snapshot.lower.allSatisfy { Files.exists("\($0)/") }, "\(image.id), \(when)")
            try await connection.callRemove("checking")
        }
        try await eventually("the trash is empty, \(when)") { try Files.names("\(root)/trash").isEmpty ? true : nil }
        let classes = try await connection.call(ClassifyBytes.self, RPCNothing()).classes
        #expect(classes["orphans"] == 0 && classes["staging"] == 0, "\(classes), \(when)")
        let total = classes.values.reduce(0, +), used = try await DiskUse.bytes("\(directory)/root")
        #expect(abs(total - used) * 100 <= used, "\(classes) make \(total), but du says \(used), \(when)")
        kill(process.pid, SIGKILL)
        _ = try await process.signal()
    }
}

extension RPCConnection {
    fileprivate func callRemove(_ container: String) async throws {
        _ = try await call(RemoveSnapshot.self, .init(containerID: container))
    }
}
