// What is measured, in the order of a round.
import ArgumentParser

enum ImageTask: String, CaseIterable, Sendable, ExpressibleByArgument {
    case loadPlain = "load-plain"
    case loadGzip = "load-gzip"
    case loadGzipArchive = "load-gzip-archive"
    case loadSmall = "load-small"
    case pull
    case push
    case save
    case copyIn = "copy-in"
    case copyOut = "copy-out"

    var title: String {
        switch self {
        case .loadPlain: "load, plain layers"
        case .loadGzip: "load, gzip layers"
        case .loadGzipArchive: "load, whole archive gzip"
        case .loadSmall: "load, small files"
        case .pull: "pull, gzip layers"
        case .push: "push, gzip layers"
        case .save: "save"
        case .copyIn: "cp into a container"
        case .copyOut: "cp out of a container"
        }
    }
}
