// berth-shim: one process that runs one container, or the parent that forks such processes.
import Glibc
import ShimServer

do {
    switch try Arguments.parse(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(Arguments.usage)
    case .version: print("berth-shim \(ShimVersion.current)")
    case .connection: try ShimProcess.serveActivatedConnection()
    case .listen(let options): try ShimProcess.listen(options)
    }
} catch let mistake as Arguments.Mistake {
    ShimProcess.complain("\(mistake.message)\n\(Arguments.usage)")
    exit(64)
} catch {
    ShimProcess.complain("\(error)")
    exit(1)
}
