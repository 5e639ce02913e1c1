// `--storage-opt`: how much a container may write into its own layer.
import Models

enum StorageOption {
    private static let key = "size"

    /// Bytes; nil without a limit.
    static func size(_ options: [String: String]) -> Int64? { options[key].flatMap(ByteCount.parse) }

    static func check(_ options: [String: String], _ report: inout SettingsReport) {
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            if name != key {
                report.fault("unknown storage option: \(name): there is only \(key)")
            } else if ByteCount.parse(value) == nil, value != "0" {
                report.fault("invalid size of the storage option: '\(value)'")
            }
        }
    }
}
