// What is said of a text that is no platform.

extension OCIPlatform {
    /// In containerd's words, which Docker's clients know.
    public static func complaint(_ text: String) -> String {
        "\(fault(text.split(separator: "/", omittingEmptySubsequences: false).map(String.init), text)): invalid argument"
    }

    private static func fault(_ parts: [String], _ text: String) -> String {
        guard parts.count <= 3 else { return "\"\(text)\": cannot parse platform specifier" }
        for (index, part) in parts.enumerated() where part.isEmpty || !part.lowercased().utf8.allSatisfy(isNameByte) {
            guard index == 0 else {
                return #""\#(part)" is an invalid component of "\#(text)": platform specifier component must match "^[A-Za-z0-9_.-]+$""#
            }
            let pattern = #"^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$"#
            return #""\#(part)" is an invalid OS component of "\#(text)": OSAndVersion specifier component must match "\#(pattern)""#
        }
        return "\"\(text)\": unknown operating system or architecture"
    }
}
