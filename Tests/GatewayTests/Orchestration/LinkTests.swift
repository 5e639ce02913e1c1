// `--link`: how it is written, and what a container gets by it.
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

    @Test(arguments: [("", "empty string specified for links"), ("a:b:c", "bad format for links: a:b:c"), (":", "bad format for links: :")])
    func whatIsNoLink(text: String, words: String) {
        let error = #expect(throws: RPCError.self) { _ = try LinkText(text) }
        #expect(error?.message == words && error?.code == .invalidParameter)
    }
}
