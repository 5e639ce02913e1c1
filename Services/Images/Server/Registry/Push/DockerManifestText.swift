// A manifest in the very bytes that dockerd writes.
import Models

/// Docker's schema 2, spaced as dockerd spaces it: an image that was pushed from here, pulled by dockerd and pushed on keeps its digest.
enum DockerManifestText {
    static func bytes(config: OCIDescriptor, layers: [OCIDescriptor]) -> [UInt8] {
        let items = layers.map { "\n      {\n\(fields($0, indent: 9))\n      }" }.joined(separator: ",")
        let list = layers.isEmpty ? "[]" : "[\(items)\n   ]"
        return Array(
            """
            {
               "schemaVersion": 2,
               "mediaType": "\(OCIMediaType.dockerManifest)",
               "config": {
            \(fields(config, indent: 6))
               },
               "layers": \(list)
            }
            """.utf8)
    }

    private static func fields(_ descriptor: OCIDescriptor, indent: Int) -> String {
        let fields = [
            #""mediaType": "\#(descriptor.mediaType)""#, #""size": \#(descriptor.size)"#, #""digest": "\#(descriptor.digest)""#,
        ]
        return fields.map { String(repeating: " ", count: indent) + $0 }.joined(separator: ",\n")
    }
}
