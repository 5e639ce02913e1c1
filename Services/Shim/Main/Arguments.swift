// The command line of berth-shim.
import Contracts
import ShimServer

enum Arguments: Equatable {
    case listen(ShimListener.Options)
    /// Serve the one connection that the process was started with.
    case connection
    case help
    case version

    struct Mistake: Error { let message: String }

    static let usage = """
        usage: berth-shim --listen <path> [--run <dir>] [--mode <octal>] [--serve-uid <uid>]... [--verbose]
               berth-shim

        Answers each connection with a process that runs one container and outlives its parent.
        Without options, serves the connected socket it was started with (descriptor 3 of
        socket activation with Accept=yes, or stdin).

          --listen <path>     the Unix socket to bind
          --run <dir>         the engine's run directory (default: \(EngineLayout.defaultRun))
          --mode <octal>      the socket's mode (default: 600)
          --serve-uid <uid>   a user besides root who may call; may be given more than once
          --verbose           log each call, with its trace
          --version           print the version
          --help              print this
        """

    static func parse(_ arguments: [String]) throws(Mistake) -> Arguments {
        if arguments.isEmpty { return .connection }
        var options = ShimListener.Options(path: "", run: EngineLayout.defaultRun)
        var rest = arguments[...]
        while let option = rest.popFirst() {
            if option == "--help" || option == "-h" { return .help }
            if option == "--version" { return .version }
            if option == "--verbose" {
                options.notesCalls = true
                continue
            }
            guard ["--listen", "--run", "--mode", "--serve-uid"].contains(option) else {
                throw Mistake(message: "unknown option \(option)")
            }
            guard let value = rest.popFirst(), !value.isEmpty else { throw Mistake(message: "\(option) needs a value") }
            try apply(option, value, to: &options)
        }
        guard !options.path.isEmpty else { throw Mistake(message: "--listen is needed with other options") }
        return .listen(options)
    }

    private static func apply(_ option: String, _ value: String, to options: inout ShimListener.Options) throws(Mistake) {
        switch option {
        case "--listen": options.path = value
        case "--run": options.run = value
        case "--mode":
            guard let mode = UInt32(value, radix: 8), mode <= 0o777 else { throw Mistake(message: "\(value) is no mode") }
            options.mode = mode
        default:
            guard let uid = UInt32(value) else { throw Mistake(message: "\(value) is no user ID") }
            options.servedUIDs.insert(uid)
        }
    }
}
