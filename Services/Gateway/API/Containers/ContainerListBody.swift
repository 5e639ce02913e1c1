// The answer to list: made of pieces, of which only those of changed containers are encoded anew.
import GatewayBackends
import Models
import NIOCore

/// Encoding hundreds of containers takes tens of milliseconds, copying what was encoded a fraction of one.
enum ContainerListBody {
    static func encode(_ containers: [ListedContainer], for version: APIVersion) -> ByteBuffer {
        let key = ContainerSummary.viewKey(version)
        let pieces = containers.map { $0.encoded(key) { opened($0.seen(by: version)) } }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(zip(pieces, containers).reduce(3) { $0 + $1.0.count + $1.1.status.utf8.count + 14 })
        buffer.writeInteger(UInt8(ascii: "["))
        for (index, container) in containers.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            buffer.writeBytes(pieces[index])
            if !container.status.isEmpty { buffer.writeString(",\"Status\":\"\(container.status)\"") }
            buffer.writeInteger(UInt8(ascii: "}"))
        }
        buffer.writeString("]\n")
        return buffer
    }

    /// An object without its closing brace, so that there is room for the status, which changes with time.
    private static func opened(_ summary: ContainerSummary) -> [UInt8] {
        // Of the brace and the newline.
        Array(JSONBody.encode(summary).readableBytesView.dropLast(2))
    }
}
