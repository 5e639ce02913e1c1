// The tag of a log's lines: a template with what is known of the container. Pure.
import RPC

enum LogTag {
    /// What a template may name.
    struct Subject {
        var id: String
        /// Without a slash.
        var name: String
        /// `sha256:…`
        var imageID: String
        var imageName: String
        var command: String

        /// For checking templates.
        static let example = Subject(id: "0", name: "name", imageID: "sha256:0", imageName: "image", command: "command")
    }

    /// Errors: `invalidParameter` for a field that isn't there, and for braces that don't match.
    static func render(_ template: String, _ subject: Subject) throws(RPCError) -> String {
        var (text, rest) = ("", template[...])
        while let open = rest.firstRange(of: "{{") {
            text += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { throw invalid(template) }
            let field = rest[open.upperBound..<close.lowerBound].filter { !$0.isWhitespace }
            guard let value = value(String(field), subject) else { throw invalid(template) }
            text += value
            rest = rest[close.upperBound...]
        }
        return text + rest
    }

    private static func value(_ field: String, _ subject: Subject) -> String? {
        let image = subject.imageID.hasPrefix("sha256:") ? String(subject.imageID.dropFirst(7)) : subject.imageID
        return switch field {
        case ".ID": String(subject.id.prefix(12))
        case ".FullID": subject.id
        case ".Name": subject.name
        case ".ImageID": String(image.prefix(12))
        case ".ImageFullID": subject.imageID
        case ".ImageName": subject.imageName
        case ".Command": subject.command
        case ".DaemonName": "berth"
        default: nil
        }
    }

    private static func invalid(_ template: String) -> RPCError {
        RPCError(.invalidParameter, "template: log-tag: \"\(template)\" is no template of known fields")
    }
}
