// What this host runs.
import Glibc
import Models

extension OCIPlatform {
    /// The host's operating system and architecture, as images name them.
    static let host: OCIPlatform = {
        var name = utsname()
        uname(&name)
        let machine = withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let generic = OCIPlatform(os: "linux", architecture: "amd64")
        return OCIPlatform(parsing: "linux/\(machine == "armv7l" ? "arm/v7" : machine)", host: generic) ?? generic
    }()
}
