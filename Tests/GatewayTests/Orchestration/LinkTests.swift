// `--link`: how it is written, and what a container gets by it.
import GatewayBackends
import GatewayState
import Models
import RPC
import Testing

@testable import GatewayOrchestration

struct LinkTests {
    @Test(arguments: [
        ("db", "db", "db"), ("db:store", "db", "store"), ("/db:/web/store", "db", "store"),
    ])
    func forms(text: String, container: String, alias: String) throws {
        let link = try LinkText(text)
        #expect(link.container == container && link.alias == alias)
    }

    @Test func listsShowWhatOthersCallAContainer() async throws {
        let test = try TestEngine()
        let id = try await test.create("db")
        for parent in ["web", "app"] {
            _ = try await test.create(parent) { _, host in host.links = ["db:store"] }
        }
        for size in [false, true] {
            let listed = try await test.engine.list(ContainerListQuery(all: true, size: size), context: .fresh())
            let names = Dictionary(uniqueKeysWithValues: listed.map { ($0.id, $0.summary.names) })
            #expect(names[id] == ["/db", "/app/store", "/web/store"])
            #expect(Set(names.values) == [["/db", "/app/store", "/web/store"], ["/web"], ["/app"]])
        }
        await test.close()
    }

    @Test(arguments: [("", "empty string specified for links"), ("a:b:c", "bad format for links: a:b:c"), (":", "bad format for links: :")])
    func whatIsNoLink(text: String, words: String) {
        let error = #expect(throws: RPCError.self) { _ = try LinkText(text) }
        #expect(error?.message == words && error?.code == .invalidParameter)
    }
}
