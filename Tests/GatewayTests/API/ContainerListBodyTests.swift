// A list made of pieces is what would be encoded as a whole.
import Foundation
import GatewayBackends
import GatewayState
import Models
import NIOCore
import Testing

@testable import GatewayAPI

@Suite struct ContainerListBodyTests {
    private func summary(_ id: String, _ status: String = "Up 1 second") -> ContainerSummary {
        var summary = ContainerSummary(
            id: id, names: ["/\(id)/x"], state: .running, hostConfig: .init(networkMode: "bridge", annotations: ["a": "b"]))
        summary.labels = ["Status": "", "quote\"": "}]"]
        summary.health = ContainerHealthSummary(status: .healthy)
        summary.status = status
        return summary
    }

    private func decoded(_ buffer: ByteBuffer) throws -> [ContainerSummary] {
        try JSONDecoder().decode([ContainerSummary].self, from: Data(buffer.readableBytesView))
    }

    private func listed(_ summary: ContainerSummary, _ memo: RecordMemo) -> ListedContainer {
        ListedContainer(id: summary.id, status: summary.status, keeper: { memo.bytes($0, $1) }, body: { summary })
    }

    @Test(arguments: ["1.41", "1.46", "1.52"])
    func piecesMakeTheWhole(_ version: String) throws {
        let version = try #require(APIVersion(version))
        let summaries = [summary("a"), summary("b", "Exited (0) 2 hours ago"), summary("c", "")]
        let plain = summaries.map { ListedContainer($0) }
        let expected = summaries.map { $0.seen(by: version) }
        #expect(try decoded(ContainerListBody.encode(plain, for: version)) == expected)
        let memos = summaries.map { _ in RecordMemo() }
        for _ in 0..<2 {
            let kept = zip(summaries, memos).map { listed($0, $1) }
            #expect(try decoded(ContainerListBody.encode(kept, for: version)) == expected)
        }
        #expect(String(buffer: ContainerListBody.encode([], for: version)) == "[]\n")
        #expect(String(buffer: ContainerListBody.encode(plain, for: version)).hasSuffix("}]\n"))
    }

    @Test func onlyTheAgeIsNewWhenNothingElseIs() throws {
        let memo = RecordMemo()
        _ = ContainerListBody.encode([listed(summary("a"), memo)], for: .newest)
        var later = summary("a", "Up 2 seconds")
        later.command = "never looked at"
        let seen = try decoded(ContainerListBody.encode([listed(later, memo)], for: .newest))
        #expect(seen.map(\.status) == ["Up 2 seconds"] && seen.map(\.command) == [""])
    }

    @Test func versionsThatSeeOtherThingsShareNothing() throws {
        let memo = RecordMemo()
        let new = try decoded(ContainerListBody.encode([listed(summary("a"), memo)], for: APIVersion(1, 52)))
        let old = try decoded(ContainerListBody.encode([listed(summary("a"), memo)], for: APIVersion(1, 41)))
        #expect(new[0].health != nil && old[0].health == nil)
        #expect(new[0].hostConfig.annotations == ["a": "b"] && old[0].hostConfig.annotations.isEmpty)
    }
}
