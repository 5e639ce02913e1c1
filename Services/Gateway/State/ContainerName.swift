// Which names a container may have.
import Contracts
public import RPC

/// A container's name, without the slash that Docker shows in front of it.
public enum ContainerName {
    /// Checks a name that a user gave; a leading slash is taken off. Errors: `invalidParameter` in Docker's words.
    public static func parse(_ text: String) throws(RPCError) -> String {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        guard ResourceName.isValid(name) else {
            throw RPCError(
                .invalidParameter, "Invalid container name (\(text)), only \(ResourceName.characters) are allowed")
        }
        return name
    }
}
