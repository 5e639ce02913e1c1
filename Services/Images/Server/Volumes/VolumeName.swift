// What a volume may be called.
import Contracts
import RPC

enum VolumeName {
    /// Throws `invalidParameter` in Docker's words for what can't be the name of a directory.
    static func check(_ name: String) throws(RPCError) {
        if name.utf8.count == 1 {
            throw RPCError(
                .invalidParameter, "create \(name): volume name is too short, names should be at least two alphanumeric characters")
        }
        guard ResourceName.isValid(name), name.utf8.count <= EntryPath.maximumComponent else {
            throw RPCError(
                .invalidParameter,
                """
                create \(name.prefix(300)): "\(name.prefix(300))" includes invalid characters for a local volume name, only \
                "\(ResourceName.characters)" are allowed. If you intended to pass a host directory, use absolute path
                """)
        }
    }

    /// 64 hexadecimal digits.
    static func random() -> String {
        Hexadecimal.text((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }
}
