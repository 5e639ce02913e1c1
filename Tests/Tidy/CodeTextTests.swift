// The reader of code that the other rules rely on.
import Testing

@Suite struct CodeTextTests {
    @Test(arguments: [
        ("let a = 1 // try!", "let a = 1 "),
        ("/* a! /* b */ c! */let x", "let x"),
        ("let s = \"x as! y\"", "let s = \"\""),
        ("let s = \"a\\\"b!\" + c!", "let s = \"\" + c!"),
        ("let s = #\"a\"b\"# + c!", "let s = \"\" + c!"),
        ("let s = \"\\(f(\"x)\") + \"!\")\" + y", "let s = \"\" + y"),
        ("\"\"\"\nas!\n\"\"\"\nx", "\"\n\n\"\nx"),
        ("#expect(x)", "#expect(x)"),
        ("f(\"http://x\") // y", "f(\"\") "),
    ])
    func blanksOut(text: String, code: String) {
        #expect(CodeText.lines(of: text).joined(separator: "\n") == code)
    }
}
