// How devices are named: `vendor.com/class=name`.

/// The rules for the parts of a device's name.
enum CDIName {
    /// `vendor.com` and `gpu` of `vendor.com/gpu`. Errors: no vendor or class, or one with a character that it can't have.
    static func parts(ofKind kind: String) throws(CDIFault) -> (vendor: String, type: String) {
        let parts = kind.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isComplete = parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
        let (vendor, type) = isComplete ? (parts[0], parts[1]) : ("", kind)
        try check(vendor, "vendor")
        try check(type, "class")
        return (vendor, type)
    }

    private static func check(_ name: String, _ part: String) throws(CDIFault) {
        guard let first = name.unicodeScalars.first, let last = name.unicodeScalars.last else {
            throw CDIFault("invalid \(part). empty name")
        }
        guard isLetter(first) else { throw CDIFault("invalid \(part). \"\(name)\", should start with letter") }
        if let stranger = name.unicodeScalars.dropFirst().dropLast().first(where: {
            !isAlphanumeric($0) && !"_-.".unicodeScalars.contains($0)
        }) {
            throw CDIFault("invalid \(part). invalid character '\(stranger)' in name \"\(name)\"")
        }
        guard isAlphanumeric(last) else { throw CDIFault("invalid \(part). \"\(name)\", should end with a letter or digit") }
    }

    static func check(device name: String) throws(CDIFault) {
        guard let first = name.unicodeScalars.first, let last = name.unicodeScalars.last else {
            throw CDIFault("invalid (empty) device name")
        }
        guard isAlphanumeric(first) else { throw CDIFault("invalid class \"\(name)\", should start with a letter or digit") }
        if let stranger = name.unicodeScalars.dropFirst().dropLast().first(where: {
            !isAlphanumeric($0) && !"_-.:".unicodeScalars.contains($0)
        }) {
            throw CDIFault("invalid character '\(stranger)' in device name \"\(name)\"")
        }
        guard isAlphanumeric(last) else { throw CDIFault("invalid name \"\(name)\", should end with a letter or digit") }
    }

    static func isLetter(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool { isLetter(scalar) || ("0"..."9").contains(scalar) }
}
