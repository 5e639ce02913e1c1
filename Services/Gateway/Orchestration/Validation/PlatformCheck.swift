// Whether an image is for the platform that is asked for or, if none is, for this host. Pure.
import Models
import RPC

struct PlatformCheck {
    /// The image as the request names it.
    let image: String
    let host: OCIPlatform

    /// Returns what the client should know of an image that this host may be unable to run.
    /// Errors: notFound when the image is for another platform than the one asked for; `invalidParameter` for another system.
    func warnings(about document: ImageDocument, wanted: String?) throws(RPCError) -> [String] {
        let os = document.os.flatMap { $0.isEmpty ? nil : $0 } ?? host.os
        guard os == host.os else {
            throw RPCError(.invalidParameter, "operating system on which parent image was created is not Linux: \(os)")
        }
        guard let architecture = document.architecture, !architecture.isEmpty else { return [] }
        let actual = OCIPlatform(os: os, architecture: architecture, variant: document.variant)
        guard let wanted, !wanted.isEmpty else { return runs(actual) ? [] : [mismatch(actual)] }
        guard OCIPlatform(parsing: wanted, host: host)?.distance(to: actual) != nil else {
            throw RPCError(
                .notFound,
                "image with reference \(image) was found but its platform (\(actual)) does not match the specified platform (\(wanted))")
        }
        return []
    }

    /// Processors of 64 bits run what was made for their kind with 32. What variant this one is isn't known.
    private func runs(_ platform: OCIPlatform) -> Bool {
        let kinds = [host.architecture, ["amd64": "386", "arm64": "arm"][host.architecture]]
        let normal = OCIPlatform(parsing: "\(platform.os)/\(platform.architecture)", host: host) ?? platform
        return kinds.contains(normal.architecture)
    }

    private func mismatch(_ platform: OCIPlatform) -> String {
        "The requested image's platform (\(platform)) does not match the detected host platform (\(host)) and no specific platform was "
            + "requested"
    }
}
