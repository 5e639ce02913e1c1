// A pull that is cut in every way there is fetches hardly more than the image has, and ends correct.
import Contracts
import Foundation
import Glibc
@testable import ImagesServer
import Models
import RPC
import Testing
import TestSupport

@Suite(.serialized) struct PullCutTests {
    /// What happens to the pull.
    private enum Cut: String, CaseIterable {
        /// The connections end, as by a server that stops.
        case close
        /// The connections end, as by a firewall that forgot them.
        case reset
        /// The client leaves.
        case cancel
        /// The service dies.
        case kill
    }

    /// In full: `BERTH_TEST_CUTS=20 BERTH_TEST_PULL_MB=500`; `BERTH_TEST_CUT_KIND=kill` has all cuts be of one kind.
    private static let cuts = number("BERTH_TEST_CUTS") ?? 8
    private static let megabytes = number("BERTH_TEST_PULL_MB") ?? 80
    private static let isFull = number("BERTH_TEST_PULL_MB") != nil
    private static let kinds = ProcessInfo.processInfo.environment["BERTH_TEST_CUT_KIND"].flatMap(Cut.init).map { [$0] } ?? Cut.allCases
    /// A hundredth of 500 MB, shared by 20 cuts.
    private static let allowance = 250_000

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    @Test func cutsCostNoMoreThanWhatWasOnItsWay() async throws {
        try await RegistryUnderTest.with { registry in
            let size = try await Self.fill(registry)
            let port = Int(registry.address.split(separator: ":")[1]) ?? 0
            try await CuttingProxy.with(port) { proxy in
                try await TemporaryDirectory.with { directory in
                    let points = (0..<Self.cuts).map { _ in Int.random(in: size / 50...size - size / 50) }.sorted()
                    let start = ContinuousClock.now
                    try await Self.pull("\(proxy.address)/big:v1", through: proxy, in: directory, cutAt: points)
                    let report: Comment = """
                        \(size) bytes, \(Self.cuts) cuts, \(proxy.sent) bytes fetched: \(Double(proxy.sent) / Double(size)) times, \
                        in \(ContinuousClock.now - start)
                        """
                    #expect(proxy.sent >= size && proxy.sent <= size + Self.cuts * Self.allowance, report)
                    if Self.isFull { print(report.rawValue) }
                    let store = try await StoreFixture.open("\(directory)/root/images")
                    try await store.expectConsistency(report)
                    #expect(try store.service.inspectImage("\(proxy.address)/big:v1").digests.count == 1)
                    #expect(try Files.names(store.paths.partials) == [])
                }
            }
        }
    }

    /// Pushes an image of several layers that don't compress. Returns the bytes that the registry has.
    private static func fill(_ registry: RegistryUnderTest) async throws -> Int {
        try await StoreFixture.with { store in
            var image = TestImage.twoLayers()
            let shares = [34, 24, 20, 12, 10]
            for share in shares {
                var tar = TarBuilder()
                tar.file("random-\(share)", try noise(megabytes * 10_000 * share))
                image.layers.append(tar.finished())
            }
            _ = try await store.push(image, as: "\(registry.address)/big:v1")
            let blobs = try await Command("/usr/bin/du", ["-sb", "\(registry.directory)/data/docker/registry/v2/blobs"]).run()
            return Int(blobs.line.prefix { $0.isNumber }) ?? 0
        }
    }

    private static func noise(_ count: Int) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
        return Array(try handle.read(upToCount: count) ?? Data())
    }

    private static func pull(_ name: String, through proxy: CuttingProxy, in directory: String, cutAt points: [Int]) async throws {
        var process = try await ServiceProcess.start(in: directory)
        func begin() -> Task<PullImage.Response, any Error> {
            Task { [process] in
                defer { proxy.stopWaiting() }
                return try await process.run(PullImage.self, .init(reference: name))
            }
        }
        var pull = begin()
        for (number, point) in points.enumerated() {
            await proxy.reached(point)
            let cut = kinds[number % kinds.count]
            switch cut {
            case .close: proxy.cut(.close)
            case .reset: proxy.cut(.reset)
            case .cancel:
                pull.cancel()
                _ = await pull.result
                pull = begin()
            case .kill:
                try await process.die()
                _ = await pull.result
                process = try await ServiceProcess.start(in: directory)
                pull = begin()
            }
        }
        let pulled = try await pull.value
        #expect(pulled.images.map(\.reference) == [name])
        try await process.die()
    }
}
