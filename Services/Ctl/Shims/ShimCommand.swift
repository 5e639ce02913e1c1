// berthctl shim: what the shims themselves say of their containers.
import ArgumentParser
import Contracts
import Foundation

struct ShimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shim",
        abstract: "Asks the containers' shims directly, whatever services are down.",
        subcommands: [List.self, Inspect.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists the shims of an engine.")

        @OptionGroup var engine: EngineOptions

        @Flag(help: "Print JSON.")
        var json = false

        @Flag(name: .customLong("no-trunc"), help: "Print whole container IDs.")
        var noTruncation = false

        func run() async throws {
            let scan = ShimScan(layout: try engine.runningEngine().layout)
            let answers = await scan.inspect(scan.containerIDs())
            if json {
                try JSONOutput.print(answers.map(ShimReport.init))
            } else {
                let rows = answers.map { ShimReport($0).row(truncated: !noTruncation) }
                print(TextTable(header: ShimReport.header, rows: rows).text)
            }
        }
    }

    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Prints all that one shim says, as JSON.")

        @OptionGroup var engine: EngineOptions

        @Argument(help: "The container's ID, or the beginning of it.")
        var id: String

        func run() async throws {
            let scan = ShimScan(layout: try engine.runningEngine().layout)
            let matches = scan.containerIDs().filter { $0.hasPrefix(id) }
            guard let match = matches.first else { throw ValidationError("no shim of a container '\(id)'; berthctl shim ls lists them") }
            guard matches.count == 1 else { throw ValidationError("\(matches.count) containers' IDs begin with '\(id)'; give more of it") }
            for answer in await scan.inspect([match]) {
                try JSONOutput.print(answer.outcome.get())
            }
        }
    }
}
