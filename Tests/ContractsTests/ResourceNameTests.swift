// Names of containers, volumes and checkpoints.
import Contracts
import Testing

@Suite struct ResourceNameTests {
    @Test(arguments: ["ab", "a.", "0_-.Z", "web-1"]) func areValid(name: String) { #expect(ResourceName.isValid(name)) }

    @Test(arguments: ["", "a", ".a", "-a", "_a", "a/b", "a b", "ä1", "aä", "a\n"]) func areNot(name: String) {
        #expect(!ResourceName.isValid(name))
    }
}
