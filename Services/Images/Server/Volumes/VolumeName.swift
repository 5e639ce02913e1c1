// What a volume may be called.
import RPC

enum VolumeName {
    /// Throws `invalidParameter` in Docker's words for what can't be the name of a directory.
    static func check(_ name: String) throws(RPCError) {
        if name.utf8.count == 1 {
            throw RPCError(
                .invalidParameter, "create \(name): volume name is too short, names should be at least two alphanumeric characters")
        }
        let bytes = Array(name.utf8)
        guard let first = bytes.first, isLetterOrDigit(first), bytes.count <= EntryPath.maximumComponent,
              bytes.allSatisfy({ isLetterOrDigit($0) || [0x2d, 0x2e, 0x5f].contains($0) })
        else {
            throw RPCError(.invalidParameter, """
                create \(name.prefix(300)): "\(name.prefix(300))" includes invalid characters for a local volume name, only \
                "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path
                """)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// 64 hexadecimal digits.
    static func random() -> String {
        Hexadecimal.text((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }
}
